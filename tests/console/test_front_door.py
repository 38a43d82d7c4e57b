"""The program answers fast and in words: help loads nothing heavy, errors name the remedy, codes are as promised."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.cli.exits import Exit
from console.cli.lazy import load
from console.cli.main import main
from console.cli.tree import TREE, Branch, Leaf

ROOT = Path(__file__).parents[2]
HEAVY = ("prefect", "sqlalchemy", "pydantic", "requests", "starlette", "alembic", "pycurl")


def run(*words: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own, with a home of its own."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("WATCHDESK_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "console", *words],
        env=known | {"WATCHDESK_HOME": str(home), "PYTHONPATH": str(ROOT)} | environment,
        cwd=home.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def leaves() -> list[tuple[str, Leaf]]:
    found = []
    for name, node in TREE.items():
        if isinstance(node, Branch):
            found += [(f"{name} {verb}", leaf) for verb, leaf in node.leaves.items()]
        else:
            found.append((name, node))
    return found


@pytest.mark.parametrize("words", [["--help"], ["tickets", "--help"], ["version"], ["tickts"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys\nfrom console.cli.main import main\n"
        f"main({words!r})\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize(("name", "leaf"), leaves())
def test_every_command_of_the_tree_can_be_loaded_and_explains_itself(name: str, leaf: Leaf) -> None:
    found = load(leaf)
    assert found.help, name
    assert leaf.words.endswith("."), name


def test_an_unknown_command_is_answered_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tickts"]) == Exit.USAGE
    assert "did you mean 'tickets'?" in capsys.readouterr().err


def test_an_unknown_verb_is_answered_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tickets", "resolv"]) == Exit.USAGE
    assert "did you mean 'resolve'?" in capsys.readouterr().err


def test_an_unknown_option_is_answered_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--outptu", "json"]) == Exit.USAGE
    assert "did you mean '--output'?" in capsys.readouterr().err


def test_an_unknown_form_is_answered_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "-o", "jsn"]) == Exit.USAGE
    assert "did you mean 'json'?" in capsys.readouterr().err


def test_a_noun_alone_means_its_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "-o", "name"]) == Exit.OK
    assert "home" in capsys.readouterr().out.splitlines()


def test_a_command_without_a_database_says_how_to_begin(tmp_path: Path) -> None:
    done = run("tickets", "list", home=tmp_path / "home")
    assert done.returncode == Exit.NOT_REACHABLE
    assert "watchdesk up" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home" / "watchdesk.db").exists()


def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    done = run("config", home=tmp_path / "home", WATCHDESK_PORT="eighty")
    assert done.returncode == Exit.USAGE
    assert "port" in done.stderr
    assert "WATCHDESK_PORT" in done.stderr


def test_a_fault_of_our_own_leaves_a_report_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WATCHDESK_HOME", str(tmp_path))
    monkeypatch.setitem(TREE, "version", Leaf("no_such_module:version", "Broken on purpose."))
    assert main(["version"]) == Exit.INTERNAL
    said = capsys.readouterr().err
    reports = list((tmp_path / "reports-of-faults").iterdir())
    assert len(reports) == 1
    assert str(reports[0]) in said
    assert "Traceback" not in said
    assert "Traceback" in reports[0].read_text()


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_is_printed_where_it_is_not_wanted(environment: dict[str, str], tmp_path: Path) -> None:
    code = "import sys, os, pty\nstatus = pty.spawn([sys.executable, '-m', 'console', 'config'])"
    known = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "TERM"}}
    known |= {"PYTHONPATH": str(ROOT), "WATCHDESK_HOME": str(tmp_path)}
    plain = subprocess.run([sys.executable, "-c", code], env=known | environment, capture_output=True, check=True)
    coloured = subprocess.run([sys.executable, "-c", code], env=known, capture_output=True, check=True)
    assert b"\x1b[" not in plain.stdout
    assert b"\x1b[" in coloured.stdout


def test_a_pipe_gets_no_colour(tmp_path: Path) -> None:
    assert "\x1b[" not in run("config", home=tmp_path).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_the_program(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == Exit.OK
    assert "_WATCHDESK_COMPLETE" in capsys.readouterr().out


def test_completion_offers_commands_by_their_beginning(tmp_path: Path) -> None:
    words = {"_WATCHDESK_COMPLETE": "bash_complete", "COMP_WORDS": "watchdesk tick", "COMP_CWORD": "1"}
    assert "plain,tickets" in run(home=tmp_path, **words).stdout


def test_a_reader_that_goes_away_is_no_fault_and_no_finding(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-P", "-m", "console", "docs", "kinds"]
    environment = os.environ | {"WATCHDESK_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, env=environment, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (Exit.CUT_OFF, b"")


def test_a_file_that_cannot_be_written_is_named_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WATCHDESK_HOME", str(tmp_path / "home"))
        assert main(["db", "upgrade"]) == Exit.OK
        assert main(["db", "backup", "--to", str(tmp_path / "nowhere" / "b.zip")]) == Exit.NOT_REACHABLE
    said = capsys.readouterr().err
    assert "nowhere/b.zip.unfinished: No such file or directory" in said
    assert "Errno" not in said
