"""`./run` sets up the environment once, repairs what was interrupted, and says in one sentence what it cannot do."""

import fcntl
import importlib.machinery
import importlib.util
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest

RUN = Path(__file__).resolve().parents[1] / "run"
TELL = """
import json, os, sys
print(json.dumps({"words": sys.argv[1:], "path": sys.path[:2], "folder": os.getcwd(), "python": sys.executable}))
"""


class Checkout:
    """A project of the same shape with nothing to install, in a folder whose name has spaces."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "console").mkdir(parents=True)
        (root / "console" / "__init__.py").touch()
        (root / "console" / "__main__.py").write_text(TELL)
        (root / "pytest.py").write_text(TELL)
        self.lock(base="", test="")
        shutil.copy(RUN, root / "run")

    def lock(self, *, base: str, test: str) -> None:
        (self.root / "requirements.lock").write_text(base)
        (self.root / "requirements-test.lock").write_text(test)

    def start(self, *words: str, cwd: Path | None = None, **variables: str) -> "subprocess.Popen[str]":
        path = os.pathsep.join(["/usr/bin", "/bin"])  # no uv there
        environment = {"PATH": path, "PIP_NO_INDEX": "1", "HOME": str(self.root)} | variables
        return subprocess.Popen(
            [sys.executable, str(self.root / "run"), *words],
            env=environment,
            cwd=cwd or self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, cwd: Path | None = None, **variables: str) -> tuple[dict[str, object], str]:
        process = self.start(*words, cwd=cwd, **variables)
        out, err = process.communicate()
        assert process.returncode == 0, err
        return json.loads(out), err


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    found = Checkout(tmp_path_factory.mktemp("projects") / "the watch desk")
    found.run("version")
    return found


def script() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("run_script", str(RUN))
    spec = importlib.util.spec_from_loader("run_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.slow
def test_a_second_start_sets_nothing_up_and_passes_every_word_on(checkout: Checkout) -> None:
    checkout.run("version")  # what other tests changed in the checkout is made good by this start, not by the next
    told, err = checkout.run("tickets", "list", "--title", "two words")
    assert told["words"] == ["tickets", "list", "--title", "two words"]
    assert err == ""


@pytest.mark.slow
def test_without_a_word_it_is_up(checkout: Checkout) -> None:
    assert checkout.run()[0]["words"] == ["up"]


@pytest.mark.slow
def test_the_working_directory_is_kept_and_lends_no_module(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "console.py").write_text("raise SystemExit('an intruder')")
    told, _ = checkout.run("status", cwd=tmp_path)
    assert told["folder"] == str(tmp_path)
    assert told["path"][0] == str(checkout.root)  # type: ignore[index]
    assert str(told["python"]).startswith(str(checkout.root / ".venv"))


@pytest.mark.slow
def test_the_tests_run_in_the_projects_folder_with_the_test_lock_installed(checkout: Checkout, tmp_path: Path) -> None:
    told, _ = checkout.run("test", "-k", "words", cwd=tmp_path)
    assert told["words"] == ["-k", "words"]
    assert told["folder"] == str(checkout.root)
    assert {"base", "test", "python"} == set(json.loads((checkout.root / ".venv/watchdesk-stamp.json").read_text()))


@pytest.mark.slow
def test_a_changed_lock_is_installed_before_the_next_command(checkout: Checkout) -> None:
    checkout.lock(base="# newer\n", test="# newer\n")
    assert "Setting up" in checkout.run("version")[1]
    assert checkout.run("version")[1] == ""


@pytest.mark.slow
@pytest.mark.parametrize("damage", [["watchdesk-stamp.json", "bin/python"], ["watchdesk-stamp.json", "pyvenv.cfg"]])
def test_an_interrupted_set_up_is_repaired_by_the_next_start(checkout: Checkout, damage: Sequence[str]) -> None:
    for name in damage:
        (checkout.root / ".venv" / name).unlink(missing_ok=True)
    told, err = checkout.run("version")
    assert "Setting up" in err
    assert told["words"] == ["version"]


@pytest.mark.slow
def test_of_two_starts_at_once_one_sets_up_and_both_run(checkout: Checkout) -> None:
    (checkout.root / ".venv" / "watchdesk-stamp.json").unlink(missing_ok=True)
    started = [checkout.start("version") for _ in range(2)]
    errors = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert sum("Setting up" in error for error in errors) == 1


@pytest.mark.slow
def test_packages_that_cannot_be_had_are_told_in_a_sentence(checkout: Checkout) -> None:
    checkout.lock(base=f"no-such-package==1 --hash=sha256:{'0' * 64}\n", test="")
    process = checkout.start("version")
    _, err = process.communicate()
    checkout.lock(base="", test="")
    assert process.returncode == 69
    assert "requirements.lock could not be installed" in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_pip_installs_a_lock_whose_packages_want_one_another_with_extras(checkout: Checkout, tmp_path: Path) -> None:
    wheels = [
        wheel(tmp_path, "wantinglib", "1.0", "Requires-Dist: wantedlib[fast] >=1.0"),
        wheel(tmp_path, "wantedlib", "1.0", "Provides-Extra: fast"),
    ]
    wheel(tmp_path, "wantedlib", "2.0", "Provides-Extra: fast")  # a newer one, which the lock does not name
    pins = [f"{path.name.split('-')[0]}==1.0 --hash=sha256:{sha256(path.read_bytes()).hexdigest()}" for path in wheels]
    checkout.lock(base="\n".join([*pins, ""]), test="")
    checkout.run("version", PIP_FIND_LINKS=str(tmp_path))
    checkout.lock(base="", test="")


@pytest.mark.slow
def test_what_outlives_a_killed_set_up_is_waited_for(tmp_path: Path) -> None:
    shutil.copy(RUN, tmp_path / "run")
    holding = f"""
import importlib.machinery, importlib.util
loader = importlib.machinery.SourceFileLoader("run_script", {str(tmp_path / "run")!r})
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_script", loader))
loader.exec_module(run)
with run.alone():
    run.run(["sh", "-c", "echo begun; exec sleep 600"])
"""
    killed = subprocess.Popen([sys.executable, "-c", holding], stdout=subprocess.PIPE, start_new_session=True)
    assert killed.stdout is not None
    assert killed.stdout.readline() == b"begun\n"
    killed.kill()
    killed.wait()
    folder = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(BlockingIOError):
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.killpg(killed.pid, signal.SIGKILL)
    fcntl.flock(folder, fcntl.LOCK_EX)
    os.close(folder)
    killed.stdout.close()


def test_a_missing_venv_module_names_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = script()
    use_folder(run, tmp_path, monkeypatch)
    monkeypatch.setattr(run.shutil, "which", lambda _: None)
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda _: None)
    assert run.main(["up"]) == 69
    minor = sys.version_info.minor
    assert f"apt-get install python3.{minor}-venv" in capsys.readouterr().err


def test_a_read_only_folder_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = script()
    use_folder(run, tmp_path, monkeypatch)
    monkeypatch.setattr(run.os, "access", lambda *_: False)  # root may write anywhere
    assert run.main(["up"]) == 69
    assert "cannot be written" in capsys.readouterr().err


def test_an_old_python_is_refused_with_the_version_that_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = script()
    monkeypatch.setattr(run.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(run.shutil, "which", lambda _: None)
    assert run.main(["up"]) == 69
    assert "needs Python 3.11 or newer; this is 3.9" in capsys.readouterr().err


def test_the_script_can_be_started_as_it_is() -> None:
    assert RUN.stat().st_mode & stat.S_IXUSR
    assert RUN.read_text().startswith("#!/usr/bin/env python3\n")


def wheel(folder: Path, name: str, version: str, fact: str) -> Path:
    """A package with nothing in it."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{fact}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def use_folder(run: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in run.LOCKS:
        (folder / f"{name}.lock").touch()
    monkeypatch.setattr(run, "ROOT", folder)
    monkeypatch.setattr(run, "VENV", folder / ".venv")
    monkeypatch.setattr(run, "PYTHON", folder / ".venv/bin/python")
    monkeypatch.setattr(run, "STAMP", folder / ".venv/stamp.json")
    monkeypatch.setattr(run, "LOCKS", {name: folder / f"{name}.lock" for name in run.LOCKS})
