"""No module needs itself to be imported."""

import sys
from graphlib import TopologicalSorter

import grimp
import pytest

from tests.architecture.source import PACKAGES, ROOT


def test_no_module_imports_itself_by_way_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    order = TopologicalSorter({module: graph.find_modules_directly_imported_by(module) for module in graph.modules})
    order.prepare()  # raises CycleError, which names the modules of the circle
    assert len(graph.modules) > 100
