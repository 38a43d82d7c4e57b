"""A process that cannot live is told with its reason, long before patience runs out."""

from pathlib import Path

from console.supervision.last_words import dying, end_of, written_since

DIED = "timestamp=2026-03-02T09:00:00Z level=warning event=died child=flows exit_code=1\n"
FRAMED = """
  |     os.mkdir(self, mode)
    | PermissionError: [Errno 13] Permission denied: '/tmp/theirs'
    +------------------------------------
"""


def test_a_process_that_dies_again_and_again_is_told_with_the_last_line_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "up.log").write_text(DIED * 3)
    (tmp_path / "flows.log").write_text(FRAMED)
    [told] = dying(tmp_path, 0)
    assert "'flows' has died 3 times" in told
    assert told.endswith("PermissionError: [Errno 13] Permission denied: '/tmp/theirs'")


def test_one_that_died_now_and_then_is_given_its_time(tmp_path: Path) -> None:
    (tmp_path / "up.log").write_text(DIED * 2)
    assert dying(tmp_path, 0) == ()


def test_the_deaths_of_an_earlier_start_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "up.log").write_text(DIED * 5)
    assert dying(tmp_path, len(DIED) * 5) == ()


def test_only_the_end_of_what_this_start_wrote_is_shown(tmp_path: Path) -> None:
    (tmp_path / "up.log").write_text("old\none\ntwo\nthree\n")
    assert end_of(written_since(tmp_path / "up.log", 4), lines=2) == "two\nthree"
    assert "not readable" in written_since(tmp_path / "none.log", 0)
