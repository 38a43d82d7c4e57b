"""Counts read as people say them."""

import pytest

from watchdesk.wording import counted, verb


@pytest.mark.parametrize(("count", "words"), [(0, "0 monitors"), (1, "1 monitor"), (2, "2 monitors")])
def test_one_is_one_and_all_else_is_many(count: int, words: str) -> None:
    assert counted(count, "monitor") == words


def test_a_plural_of_its_own_is_taken() -> None:
    told = (counted(2, "process", "processes"), verb(2, "is", "are"), verb(1, "is", "are"))
    assert told == ("2 processes", "are", "is")
