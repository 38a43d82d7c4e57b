"""The how-to for outsiders is true: its example is a kind that works."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from monitors import kinds
from monitors.engine.once import probe_once
from monitors.kinds import KINDS, Kind, all_kinds
from monitors.monitor import Monitor
from tests.monitors.probes.looking import monitor_of, services_of

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "write-a-probe.md"


class Point:
    """An entry point of an installed package."""

    name = "lines"

    def __init__(self, kind: ModuleType) -> None:
        self._kind = kind

    def load(self) -> ModuleType:
        return self._kind


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kind]:
    """The kind of the page, as if its package were installed."""
    found = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    module = ModuleType("lines")
    exec(found.group(1), module.__dict__)  # noqa: S102  our own page
    monkeypatch.setattr(kinds, "entry_points", lambda group: [Point(module)] if group == "watchdesk.probes" else [])
    all_kinds.cache_clear()
    yield all_kinds()["lines"]
    all_kinds.cache_clear()


def counting(path: Path, kind: Kind) -> Monitor:
    return replace(monitor_of("file", str(path)), kind="lines", form=kind.form.validate_python(str(path)))


def test_the_example_sees_fails_and_is_blind(lines: Kind, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    assert probe_once(counting(path, lines), services_of()).error == f"{path} does not exist"
    path.write_text("a\nb\n")
    assert probe_once(counting(path, lines), services_of()).values == {"count": 2}
    path.write_bytes(b"\xff\xfe\x00")
    assert probe_once(counting(path, lines), services_of()).blind is not None


def test_the_page_names_only_what_exists(lines: Kind) -> None:
    assert lines.name not in KINDS
    text = PAGE.read_text("utf-8")
    for path in re.findall(r"`(monitors/probes/\w+\.py)`", text):
        assert (PAGE.parents[2] / path).is_file()
