"""What CI was promised is there, or its tests fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEST = """
import pytest

@pytest.mark.skipif(True, reason="nothing is installed here")
def test_by_mark() -> None: ...

def test_by_word() -> None:
    pytest.skip("it is not installed")

def test_for_another_reason() -> None:
    pytest.skip("this kernel counts differently")
"""


def outcome(folder: Path, **environment: str) -> str:
    (folder / "test_parts.py").write_text(TEST)
    words = ["-q", "-p", "tests.missing_parts", "-p", "no:cacheprovider", "-p", "no:randomly", "-c", os.devnull]
    known = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "--rootdir", str(folder), str(folder)],
        env=known | {"PYTHONPATH": str(ROOT)} | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()[-1]


def test_a_part_that_is_missing_fails_its_tests_in_ci(tmp_path: Path) -> None:
    assert outcome(tmp_path, CI="true").startswith("1 failed, 1 skipped, 1 error")


def test_a_part_that_is_missing_elsewhere_only_skips_them(tmp_path: Path) -> None:
    assert outcome(tmp_path).startswith("3 skipped")


@pytest.mark.parametrize("program", ["nginx", "sshd", "chromium", "logrotate", "openssl", "curl", "check_http"])
def test_ci_installs_what_tests_ask_for(program: str) -> None:
    table = (ROOT / ".ci" / "run").read_text().partition('needed="')[2].partition('"\n')[0]
    assert f"/{program} " in table
