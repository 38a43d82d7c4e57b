"""The stream of events: quiet while nothing happens, one word when something did, none lost while away."""

import html
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import requests

from tests.console.house import House
from tests.console.pages.conftest import Walker


@contextmanager
def listening(walker: Walker, last: str = "", path: str = "/events") -> Iterator[Iterator[str]]:
    """The lines of the stream, as they come."""
    headers = {"accept": "text/event-stream"} | ({"last-event-id": last} if last else {})
    with requests.get(f"{walker.url}{path}", headers=headers, stream=True, timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield (line.decode() for line in answer.iter_lines(chunk_size=1))


def until_changed(lines: Iterator[str]) -> str:
    """The id of the next change."""
    found = ""
    for line in lines:
        if line.startswith("id: "):
            found = line.removeprefix("id: ")
        if line == "event: changed":
            return found
    raise AssertionError


def greeting(walker: Walker, path: str = "/events") -> str:
    """What the stream says first, in one piece: later news come in pieces of their own."""
    with requests.get(f"{walker.url}{path}", stream=True, timeout=30) as answer:
        first: bytes = next(answer.iter_content(chunk_size=None))
    assert ": connected\n\n" in first.decode()
    return first.decode()


@pytest.mark.parametrize("kind", ["ticket", "note", "monitor"])
def test_a_listener_hears_of_a_change(kind: str, furnished: House, walker: Walker) -> None:
    with listening(walker) as lines:
        assert next(line for line in lines if line.startswith(":")) == ": connected"
        if kind == "ticket":
            furnished.open("wiki", timedelta(minutes=1), "/heard")
        elif kind == "note":
            furnished.person("Jan").note("INC-1002", "more news")
        else:
            walker.introduce("Ana")
            walker.post("/monitors/search-api/pause", because="a test of the stream")
        assert until_changed(lines)
    walker.introduce("Ana")
    walker.post("/monitors/search-api/resume")


def test_who_comes_back_is_told_at_once_what_was_missed_and_nothing_when_nothing_was(
    furnished: House, walker: Walker
) -> None:
    with listening(walker) as lines:
        furnished.person("Jan").note("INC-1002", "one")
        last = until_changed(lines)
    furnished.person("Jan").note("INC-1002", "two")
    with listening(walker, last) as lines:
        newest = until_changed(lines)
    assert newest != last
    with listening(walker, "0-0") as lines:  # of a console that was started anew
        assert until_changed(lines)


def test_what_happens_between_a_page_and_its_stream_is_told_as_soon_as_the_stream_begins(
    furnished: House, walker: Walker
) -> None:
    with listening(walker) as lines:
        furnished.person("Jan").note("INC-1002", "three")
        until_changed(lines)
    page = walker.get("/tickets/INC-1002").text
    path = html.unescape(page.partition('hx-sse:connect="')[2].partition('"')[0])
    with listening(walker) as lines:  # somebody else's tab hears of it, so that it is no news to the console
        furnished.person("Jan").note("INC-1002", "four")
        until_changed(lines)
    assert "event: changed" in greeting(walker, path)
    assert "event: changed" not in greeting(walker)


def test_the_stream_is_neither_kept_nor_packed(walker: Walker) -> None:
    headers = {"accept-encoding": "gzip"}
    with requests.get(f"{walker.url}/events", headers=headers, stream=True, timeout=30) as answer:
        assert answer.headers["cache-control"] == "no-store"
        assert "content-encoding" not in answer.headers
    packed = requests.get(f"{walker.url}/tickets.json", headers=headers, timeout=30)
    assert packed.headers["content-encoding"] == "gzip"
    assert json.loads(packed.text)["tickets"]
