"""Habits that keep the house calm: docstrings, one clock, one door to the environment, named boundaries."""

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.architecture.source import PACKAGES, ROOT, Module, modules

ENVIRONMENT_READERS = {"watchdesk/settings.py", "watchdesk/definitions/documents.py"}
CLOCK_READERS = {"watchdesk/clock.py"}
BROAD = "except Exception"
BROAD_REASON = "noqa: BLE001"
LAZY_IMPORTERS = {"console/cli/lazy.py", "console/cli/main.py"}


def names_used(module: Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            yield node.lineno, ast.unparse(node)


def test_every_module_says_what_it_is() -> None:
    assert [m.path for m in modules() if not ast.get_docstring(m.tree)] == []


def test_only_the_settings_and_the_definitions_read_the_environment() -> None:
    found = [
        f"{m.path}:{line}"
        for m in modules()
        if m.path not in ENVIRONMENT_READERS
        for line, name in names_used(m)
        if name in {"os.environ", "os.getenv"}
    ]
    assert found == []


def test_only_the_clock_reads_the_time() -> None:
    forbidden = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
    found = [
        f"{m.path}:{line} {name}"
        for m in modules()
        if m.path not in CLOCK_READERS
        for line, name in names_used(m)
        if name in forbidden
    ]
    assert found == []


def test_a_broad_except_stands_only_where_a_reason_is_given() -> None:
    found = [
        f"{m.path}:{number}"
        for m in modules()
        for number, line in enumerate(m.text.splitlines(), 1)
        if BROAD in line and BROAD_REASON not in line
    ]
    assert found == []


def test_no_import_hides_inside_a_function() -> None:
    found = [
        f"{m.path}:{node.lineno}"
        for m in modules()
        if m.path not in LAZY_IMPORTERS and not m.path.startswith("console/cli/")
        for function in m.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_nothing_is_left_to_be_done() -> None:
    words = ("TODO", "FIXME", "XXX", "HACK")
    found = [f"{m.path}: {c}" for m in modules() for c in m.comments() if any(w in c for w in words)]
    assert found == []


def test_no_flow_file_is_named_like_a_package() -> None:
    """With a path entry point Prefect puts flows/ first on sys.path: such a file would replace the package."""
    taken = {*PACKAGES, *sys.stdlib_module_names}
    assert [p.name for p in (ROOT / "flows").glob("*.py") if p.stem in taken and p.stem != "__init__"] == []


@pytest.mark.parametrize("name", ["README.md", "prefect.yaml", "pyproject.toml", "requirements.lock"])
def test_the_promised_files_are_there(name: str) -> None:
    assert (ROOT / name).is_file()


def test_no_file_names_a_package_index() -> None:
    words = ("index-url", "index_url", "pypi.org", "files.pythonhosted")
    names = ["requirements.lock", "requirements-test.lock", "pyproject.toml", "run", ".ci/run"]
    texts = {name: (ROOT / name).read_text("utf-8") for name in names}
    assert [name for name, text in texts.items() if any(w in text for w in words)] == []
