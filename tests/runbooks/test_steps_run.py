"""`run` steps on real processes: what they are given, how they are ended, what is kept of what they say."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from runbooks.errors import StepCannotRun
from runbooks.execution import Means, run_step
from runbooks.model import Effect, Step
from runbooks.params import Values
from runbooks.steps.kind import OUTPUT_BYTES, Look, Situation, StepResult
from runbooks.steps.process import Command, execute
from watchdesk.definitions.quantities import parse_duration
from watchdesk.health import Health


def means(secrets: dict[str, str] | None = None) -> Means:
    situation = Situation(item=None, look=lambda _: Look(Health.OK, ""), pause=lambda _: None)
    return Means(situation, (secrets or {}).__getitem__)


def run(*argv: str, timeout: str = "20s", values: Values | None = None, **more: object) -> StepResult:
    body = {"argv": list(argv), "timeout": timeout, **more}
    secrets = {"t": "s3cr3t-v4lue"}
    step = Step(id="s", kind="run", body=body, effect=Effect.REPEATABLE, timeout=parse_duration(timeout))
    return run_step(step, values or Values(plain={}), means(secrets))


def python(code: str, **more: object) -> StepResult:
    return run(sys.executable, "-c", code, **more)  # type: ignore[arg-type]


def eventually(true: Callable[[], bool]) -> bool:
    """Whether it comes true within a generous time."""
    for _ in range(500):
        if true():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def marked(tmp_path: Path) -> Iterator[str]:
    """A word on the command line of every process of the test, so that none of them outlives it."""
    word = f"marked-{tmp_path.name}-{os.getpid()}"
    yield word
    for process in running(word):
        process.kill()


def running(word: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        is_alive = process.info["status"] != psutil.STATUS_ZOMBIE
        if is_alive and word in (process.info["cmdline"] or []) and process.pid != os.getpid():
            found.append(process)
    return found


def test_the_exit_code_and_both_streams_are_kept() -> None:
    result = python("import sys; print('out'); sys.stdout.flush(); print('err', file=sys.stderr); sys.exit(3)")
    assert (result.is_ok, result.exit_code) == (False, 3)
    assert result.output == "out\nerr\n"


def test_a_signal_is_told_as_shells_tell_it() -> None:
    assert python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)").exit_code == 137


def test_the_environment_holds_four_names_and_nothing_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDESK_DATABASE_URL", "postgresql://user:password@db/x")
    monkeypatch.setenv("PYTHONPATH", "/tmp")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/tmp")
    monkeypatch.setenv("BASH_FUNC_x%%", "() { :; }")
    told = run("env", env={"EXTRA": "1"}).output
    assert {line.partition("=")[0] for line in told.splitlines()} == {"PATH", "HOME", "LANG", "TZ", "EXTRA"}
    assert "WATCHDESK" not in told


def test_standard_input_is_empty_and_at_its_end() -> None:
    assert python("import sys; print(repr(sys.stdin.read()))").output == "''\n"


def test_a_large_input_is_fed_while_output_is_drained() -> None:
    text = "x" * 300_000
    assert python("import sys; t = sys.stdin.read(); print(t[:10], len(t))", stdin=text).output == "xxxxxxxxxx 300000\n"


def test_a_program_that_does_not_want_its_input_is_not_a_failure() -> None:
    assert run("true", stdin="x" * 1_000_000).is_ok


def test_no_descriptor_of_this_process_is_inherited(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as kept:
        os.set_inheritable(kept.fileno(), True)
        names = python("import os; print(sorted(int(n) for n in os.listdir('/proc/self/fd')))").output
    assert names in {"[0, 1, 2, 3]\n", "[0, 1, 2]\n"}


def test_a_program_that_is_not_there_is_named() -> None:
    result = run("no-such-program-here")
    assert (result.is_ok, result.exit_code) == (False, 127)
    assert result.output == "no-such-program-here: No such file or directory\n"


def test_a_folder_that_is_not_there_means_not_run() -> None:
    assert run("true", folder="/no/such/folder").output.startswith("not run: cannot start")


def test_output_is_cut_at_its_cap_and_still_drained() -> None:
    result = python("import sys\nfor _ in range(80): sys.stdout.write('y' * 65536)\nsys.exit(7)")
    assert result.exit_code == 7
    assert len(result.output.encode()) <= OUTPUT_BYTES
    assert result.output.endswith("[cut: the output was longer than 256 KiB]")


@pytest.mark.slow
def test_a_stubborn_process_group_is_killed_when_its_time_is_up(marked: str) -> None:
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen([sys.executable, '-c', "
        "'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)', sys.argv[1]])\n"
        "print('begun', flush=True)\ntime.sleep(60)\n"
    )
    result = run(sys.executable, "-c", code, marked, timeout="500ms")
    assert (result.is_ok, result.exit_code) == (False, None)
    assert "begun" in result.output
    assert "ended: it took longer than 0.5 s" in result.output
    assert eventually(lambda: not running(marked))


def test_a_process_that_heeds_sigterm_may_say_goodbye() -> None:
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('goodbye', flush=True), sys.exit(0)))\n"
        "print('ready', flush=True)\ntime.sleep(60)\n"
    )
    result = python(code, timeout="700ms")
    assert not result.is_ok
    assert "goodbye" in result.output


def test_a_daemon_that_a_step_starts_lives_on_and_is_not_waited_for(marked: str) -> None:
    code = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', sys.argv[1]], start_new_session=True)\n"
        "print('started')\n"
    )
    result = run(sys.executable, "-c", code, marked)
    assert (result.is_ok, result.output) == (True, "started\n")
    assert len(running(marked)) == 1


def test_a_grandchild_that_keeps_the_pipe_open_is_not_waited_for(marked: str) -> None:
    code = "import os, sys, time\nif os.fork() == 0: time.sleep(60)\nprint('done', flush=True)\nos._exit(0)\n"
    assert run(sys.executable, "-c", code, marked).output == "done\n"


def test_what_a_step_runs_dies_with_its_worker(marked: str) -> None:
    worker = (
        "import sys\nfrom runbooks.steps.process import Command, clean_environment, execute\n"
        "execute(Command(argv=(sys.executable, '-c', 'import time; time.sleep(60)', sys.argv[1]), timeout_s=60,"
        " environment=clean_environment(), output_bytes=1000))\n"
    )
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen([sys.executable, "-c", worker, marked], cwd=root)
    assert eventually(lambda: len(running(marked)) >= 3)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert eventually(lambda: not running(marked))


def test_a_memory_of_limits_is_kept() -> None:
    told = python("import resource as r; print(r.getrlimit(r.RLIMIT_CORE), r.getrlimit(r.RLIMIT_NOFILE)[0] <= 4096)")
    assert told.output == "(0, 0) True\n"


def test_a_nul_is_refused_before_anything_is_started() -> None:
    command = Command(argv=("true", "a\0b"), timeout_s=1, environment={}, output_bytes=10)
    with pytest.raises(StepCannotRun, match="NUL"):
        execute(command)


def test_a_secret_given_by_env_and_stdin_is_hidden_in_what_is_said() -> None:
    values = Values(plain={}, secrets={"t": "secret:t"})
    code = "import os, sys; print(os.environ['T'], sys.stdin.read())"
    result = python(code, values=values, env={"T": "${params.t}"}, stdin="${params.t}")
    assert result.output == "[redacted] [redacted]\n"


def test_many_steps_at_once_do_not_disturb_one_another() -> None:
    results: dict[int, StepResult] = {}
    threads = [
        threading.Thread(target=lambda number=number: results.update({number: python(f"print({number})")}))
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: result.output for number, result in results.items()} == {n: f"{n}\n" for n in range(12)}
