"""Disk probes of real file systems."""

import os
import shutil
from pathlib import Path

import pytest

from tests.monitors.probes.looking import look


def test_a_file_system_is_measured(tmp_path: Path) -> None:
    seen = look("disk", str(tmp_path))
    used = shutil.disk_usage(tmp_path)
    assert seen.values["free_bytes"] == pytest.approx(used.free, rel=0.05)
    assert seen.values["used_percent"] == pytest.approx(100 * used.used / (used.used + used.free), abs=2)
    assert 0 <= seen.values["inodes_used_percent"] <= 100


def test_a_file_system_without_inodes_has_no_such_value() -> None:
    if os.statvfs("/proc").f_files != 0:
        pytest.skip("this kernel counts inodes in /proc")
    assert "inodes_used_percent" not in look("disk", "/proc").values


def test_a_path_that_is_gone_is_an_error(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert look("disk", str(gone)).error == f"{gone}: no such file or directory"
