"""The arrows between packages point downward, as import-linter reads them from pyproject.toml."""

import pytest
from importlinter.cli import lint_imports

from tests.architecture.source import ROOT


def test_every_import_contract_is_kept(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capsys.readouterr().out
