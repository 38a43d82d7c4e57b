"""The runner of one machine leaves others alone: other users, and what a killed one left behind."""

import tempfile
from pathlib import Path

import pytest
from prefect.runner import Runner

from flows import serve


def test_the_runner_works_below_the_home_and_not_in_a_folder_that_users_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    left = tmp_path / "runner" / "runner_storage" / "of a killed one"
    left.mkdir(parents=True)
    serve._keep_to_ourselves(tmp_path / "runner")
    assert not left.exists()
    assert (tmp_path / "runner") in Runner(name="watchdesk")._tmp_dir.parents
