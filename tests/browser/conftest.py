"""Chromium before the furnished house: one house and one server a module, a fresh profile a test."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from console.migrations.upgrading import upgrade
from tests.console import house
from tests.console.house import House
from tests.console.serving import serving
from watchdesk.clock import SystemClock
from watchdesk.database import Database

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 20_000


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; without it the tests are skipped, but for CI, where they fail.

    For one module only: Playwright keeps an event loop running, in which no other test could start its own.
    """
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{CHROMIUM} is missing; .ci/run installs it")
        pytest.skip(f"{CHROMIUM} is not installed")
    expect.set_options(timeout=PATIENCE_MS)  # a busy machine renews pages slowly
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with Database(f"sqlite:///{folder / 'house.db'}") as database:
        upgrade(database)
        yield house.build(database, SystemClock(), folder / "definitions")


@pytest.fixture(scope="module")
def url(furnished: House) -> Iterator[str]:
    with serving(furnished.database, furnished.clock, furnished.folder) as address:
        yield address


@dataclass
class Desk:
    """Where a person sits: `sit` opens a browser profile of theirs; what the console complains of is kept."""

    chromium: Browser
    url: str
    complaints: list[str] = field(default_factory=list)
    open: list[BrowserContext] = field(default_factory=list)

    def sit(self, name: str | None = "Ana Ruiz", **looks: object) -> Page:
        context = self.chromium.new_context(base_url=self.url, **looks)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        if name:
            context.add_cookies([{"name": "watchdesk_name", "value": quote(name), "url": self.url}])
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.open.append(context)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "409 (Conflict)" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def desk(chromium: Browser, url: str) -> Iterator[Desk]:
    """A desk; in the end nothing may have been complained of, neither scripts nor the content security policy."""
    found = Desk(chromium, url)
    yield found
    for context in found.open:
        context.close()
    assert found.complaints == []
