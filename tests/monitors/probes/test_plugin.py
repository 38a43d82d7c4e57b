"""Plugin probes of real programs: scripts of our own and the plugins of monitoring-plugins."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from pydantic import ValidationError

from monitors.kinds import KINDS
from tests.monitors.probes.looking import SECRETS, look

PLUGINS = Path("/usr/lib/nagios/plugins")
needs_plugins = pytest.mark.skipif(not PLUGINS.is_dir(), reason="monitoring-plugins is not installed")


def script(text: str) -> list[str]:
    return ["/bin/sh", "-c", text]


@pytest.mark.parametrize(
    ("code", "suggested"),
    [(0, "ok"), (1, "warning"), (2, "critical"), (3, "unknown"), (4, "unknown"), (126, "unknown"), (255, "unknown")],
)
def test_the_exit_code_suggests_a_verdict(code: int, suggested: str) -> None:
    seen = look("plugin", script(f"echo STATE; exit {code}"))
    assert (seen.error, seen.blind, seen.suggested) == (None, None, suggested)
    assert (seen.values["exit_code"], seen.text) == (code, "STATE")


def test_text_and_figures_are_values_and_the_first_line_a_summary() -> None:
    seen = look("plugin", script("printf 'DISK OK | /=5MB;8;9 free=U\\nlong text | time=20ms\\n'"))
    assert seen.values["text"] == "DISK OK\nlong text"
    assert seen.values["perf"] == {"/": 5_000_000.0, "free": None, "time": 0.02}
    assert seen.text == "DISK OK"


def test_complaints_are_shown_when_nothing_else_was_said() -> None:
    assert look("plugin", script("echo broken >&2; exit 2")).text == "broken"
    assert look("plugin", script("echo fine; echo noise >&2")).text == "fine"


def test_a_plugin_that_is_not_there_is_unknown() -> None:
    seen = look("plugin", ["/nowhere/check_nothing"])
    assert (seen.error, seen.blind) == (None, "/nowhere/check_nothing cannot be run: no such file or directory")


def test_a_plugin_that_is_not_executable_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "check").write_text("#!/bin/sh\n")
    assert look("plugin", [str(tmp_path / "check")]).blind is not None


def test_a_plugin_ended_by_a_signal_is_unknown() -> None:
    seen = look("plugin", script("kill -SEGV $$"))
    assert seen.blind is not None
    assert "SIGSEGV" in seen.blind


def test_at_the_timeout_the_whole_group_is_killed_and_the_verdict_is_unknown(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    seen = look("plugin", script(f"sleep 60 & echo $! > {note}; echo $$ >> {note}; sleep 60"), timeout_s=0.3)
    assert seen.error is None
    assert seen.blind is not None
    assert "killed" in seen.blind
    for pid in map(int, note.read_text().split()):
        assert _is_gone(pid)


def test_a_child_that_keeps_the_output_open_is_not_waited_for(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    seen = look("plugin", script(f"sleep 60 & echo $! > {note}; echo done"))
    assert seen.text == "done"
    assert _is_gone(int(note.read_text()))


def _is_gone(pid: int) -> bool:
    """Whether the process has ended; a moment is given for the signal to arrive."""
    for _ in range(100):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


def test_a_plugin_that_ignores_polite_signals_is_killed_too() -> None:
    seen = look("plugin", script("trap '' TERM INT; sleep 60 & wait"), timeout_s=0.3)
    assert seen.blind is not None


def test_long_output_is_read_to_its_end_and_cut() -> None:
    seen = look("plugin", script("head -c 1000000 /dev/zero | tr '\\0' x; exit 1"))
    assert (len(seen.values["text"]), seen.suggested) == (65536, "warning")


def test_endless_output_is_unknown() -> None:
    seen = look("plugin", ["yes"], timeout_s=5)
    assert seen.blind is not None
    assert "MiB" in seen.blind


def test_a_plugin_sees_a_clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDESK_DATABASE_URL", "postgresql://user:password@host/name")
    seen = look("plugin", ["env"])
    assert "password" not in seen.values["text"]
    assert "LC_ALL=C.UTF-8" in seen.values["text"]


def test_a_plugin_has_no_input() -> None:
    assert look("plugin", script("read line; echo read $?")).text == "read 1"


def test_an_argument_is_never_parsed_again() -> None:
    assert look("plugin", ["/bin/echo", "a; b $(c) `d` && e"]).values["text"] == "a; b $(c) `d` && e"


def test_a_secret_is_passed_and_never_shown() -> None:
    seen = look("plugin", ["/bin/echo", "password=secret:token"])
    assert seen.values["text"] == "password=[secret]"
    assert SECRETS["token"] not in repr(seen)


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert look("plugin", script("printf '\\377\\376 ok'")).values["text"].endswith(" ok")


@needs_plugins
@pytest.mark.parametrize(
    ("argv", "suggested"),
    [
        ([PLUGINS / "check_dummy", "0", "fine"], "ok"),
        ([PLUGINS / "check_dummy", "1", "so so"], "warning"),
        ([PLUGINS / "check_dummy", "3", "who knows"], "unknown"),
        ([PLUGINS / "check_load", "-w", "1000", "-c", "1000"], "ok"),
        ([PLUGINS / "check_procs", "-C", "wd-nobody", "-c", "1:"], "critical"),
    ],
)
def test_real_plugins_are_understood(argv: list[object], suggested: str) -> None:
    seen = look("plugin", [str(argument) for argument in argv], timeout_s=3)
    assert (seen.blind, seen.suggested) == (None, suggested)
    assert seen.text


def test_a_group_of_our_own_is_never_hit() -> None:
    before = os.getpgrp()
    look("plugin", script("sleep 60"), timeout_s=0.2)
    assert os.getpgrp() == before
    assert signal.getsignal(signal.SIGTERM) is not None


@pytest.mark.parametrize("form", [[], "check_load -w 1", [1, 2], ["a\0b"]])
def test_a_form_that_is_no_list_of_texts_is_refused(form: object) -> None:
    with pytest.raises(ValidationError):
        KINDS["plugin"].form.validate_python(form)
