"""The furnished house on both databases, built once a module, and a browser without JavaScript to walk it."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest
import requests

from tests.console import house
from tests.console.conftest import Server
from tests.console.house import House
from tests.console.serving import serving
from watchdesk.clock import SystemClock
from watchdesk.database import Database


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def furnished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Shared by the tests of a module: whoever changes something opens a ticket of its own."""
    folder = tmp_path_factory.mktemp("house")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), folder / "house.db")
        with Database(f"sqlite:///{folder / 'house.db'}") as database:
            yield house.build(database, SystemClock(), folder / "definitions")
        return
    server: Server = request.getfixturevalue("server")
    name = f"watchdesk_house_{request.module.__name__.rpartition('.')[2]}"
    server.drop(name)
    server.make(name, request.getfixturevalue("migrated_name"))
    with Database(server.url(name)) as database:
        yield house.build(database, SystemClock(), folder / "definitions")
    server.drop(name)


@pytest.fixture(scope="module")
def walker(furnished: House) -> Iterator["Walker"]:
    """A browser without JavaScript at the house's door."""
    with serving(furnished.database, furnished.clock, furnished.folder) as url, requests.Session() as session:
        yield Walker(url, session)


@dataclass(frozen=True, slots=True)
class Walker:
    """Goes to pages, and sends the forms that stand on them."""

    url: str
    session: requests.Session

    def get(self, path: str, accept: str = "text/html") -> requests.Response:
        return self.session.get(self.url + path, headers={"accept": accept}, timeout=30, allow_redirects=False)

    def page(self, path: str) -> "Page":
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return Page(answer.text)

    def json(self, path: str) -> Any:
        answer = self.get(path, "application/json")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def introduce(self, name: str | None) -> None:
        """Under which name the next forms are sent; with None under none."""
        self.session.cookies.clear()
        if name:
            assert self.post("/who", name=name, back="/").status_code == 303

    def post(self, path: str, **fields: Any) -> requests.Response:
        headers = {"accept": "text/html", "origin": self.url, "referer": f"{self.url}/tickets"}
        return self.session.post(self.url + path, data=fields, headers=headers, timeout=30, allow_redirects=False)


class Page(HTMLParser):
    """What a page says, loads, runs and asks."""

    VOID = frozenset({"meta", "link", "input", "br", "option"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.inline: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.actions: list[str] = []
        self.texts: list[str] = []
        self.title = ""
        self._within: list[str] = []
        self.feed(html)

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def form(self, action: str) -> dict[str, str]:
        """The hidden and preset fields of the form with that action."""
        return self.forms[self.actions.index(action)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self._within = [*self._within, tag][-1:]
        self.handlers += [name for name in found if name.startswith("on")]
        if "style" in found or tag == "style" or (tag == "script" and "src" not in found):
            self.inline.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found.get("href", ""))
        if tag in {"link", "img", "script"}:
            self.loads.append(found.get("href") or found.get("src", ""))
        if tag == "form":
            self.forms.append({})
            self.actions.append(found.get("action", ""))
        if tag == "input" and self.forms and "name" in found:
            self.forms[-1][found["name"]] = found.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._within == ["title"] and not self.title:
            self.title = data
        self.texts.append(data)
