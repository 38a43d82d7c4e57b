"""File probes of real files."""

import os
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from monitors.kinds import KINDS
from tests.monitors.probes.looking import look


def test_size_and_age_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    path.write_bytes(b"x" * 100)
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))
    seen = look("file", str(path))
    assert (seen.values["exists"], seen.values["size_bytes"]) == (True, 100)
    assert seen.values["age"] == pytest.approx(3600, abs=30)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    assert look("file", str(tmp_path / "gone")).error == f"{tmp_path}/gone does not exist"


def test_a_missing_file_is_a_value_when_a_condition_speaks_of_it(tmp_path: Path) -> None:
    seen = look("file", str(tmp_path / "gone"), wanted=["exists", "age"])
    assert (seen.error, dict(seen.values)) == (None, {"exists": False})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_looked_at_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    seen = look("file", str(tmp_path / "closed" / "file"))
    assert (seen.error, seen.blind is not None) == (None, True)


def test_a_relative_path_is_refused() -> None:
    with pytest.raises(ValidationError):
        KINDS["file"].form.validate_python("backup")
