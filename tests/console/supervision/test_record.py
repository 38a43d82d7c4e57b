"""One `up` a home: the second is refused by name, and a crashed one does not lock the home."""

import subprocess
import sys
from pathlib import Path

import pytest

from console.supervision import record
from console.supervision.record import UpRecord
from watchdesk.errors import Refused
from watchdesk.processes import this_process


def an_up(**changes: object) -> UpRecord:
    me = this_process()
    facts = {"up_id": "u", "pid": me.pid, "host": me.host, "started": me.started, "url": "http://here"}
    return UpRecord(**{**facts, "prefect_url": "http://there", "since": "now", **changes})  # type: ignore[arg-type]


def test_a_second_up_on_the_same_home_is_refused_and_told_where_the_first_is(tmp_path: Path) -> None:
    with record.only_one(tmp_path):
        record.write_record(tmp_path, an_up())
        assert record.is_locked(tmp_path)
        with pytest.raises(Refused, match=r"already up on .* at http://here"), record.only_one(tmp_path):
            pass
    assert not record.is_locked(tmp_path)


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    code = "import sys, pathlib; from console.supervision import record\n"
    code += f"with record.only_one(pathlib.Path({str(tmp_path)!r})): print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    assert record.is_locked(tmp_path)
    holder.kill()
    holder.communicate()
    with record.only_one(tmp_path):
        pass


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    record.write_record(tmp_path, an_up())
    assert record.read_record(tmp_path) == an_up()
    record.remove_record(tmp_path)
    assert record.read_record(tmp_path) is None


def test_a_record_whose_process_is_gone_is_not_running() -> None:
    assert an_up().is_running
    assert not an_up(started=this_process().started - 100).is_running


def test_a_broken_record_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "up.json").write_text("{")
    assert record.read_record(tmp_path) is None
