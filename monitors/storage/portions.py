"""Long lists in portions that fit into one statement."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

MOST_VALUES = 1000  # both databases take more; beyond this a longer IN list gains nothing

T = TypeVar("T")


def portions(values: Iterable[T], size: int = MOST_VALUES) -> Iterator[list[T]]:
    """Lists of at most `size` values each, in order."""
    rest = iter(values)
    while portion := list(islice(rest, size)):
        yield portion
