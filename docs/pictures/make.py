#!/usr/bin/env python3
"""Makes the pictures of the README from a real demo in Chromium: `.venv/bin/python docs/pictures/make.py`.

Needs what the tests need (`./run test` sets it up) and Debian's chromium. A demo of its own is started on free ports,
some of it is broken, and it is ended afterwards. Writes queue.png, ticket.png, report.png and healing.svg beside this.
"""

import base64
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CHROMIUM = "/usr/bin/chromium"
WIDTH, HEIGHT, CAPTION = 1360, 900, 56
PATIENCE_S = 120.0
WAITING = ("certificate", "html")  # broken for the queue: one waits for a person, one is about the monitoring itself
HEALED = "process"
ENDED = "resolved"
TOLD = {
    "new": "seen, and told to the desk",
    "remediating": "a runbook is at work",
    "running": "a runbook restarts the process",
    "verifying": "restarted, and now it has to be proved",
    "recovering": "healthy again, good looks are counted",
    "resolved": "proved by looks taken after the restart",
}


class Demo:
    """A demo that is up, used by commands as people use it."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self._environment = dict(os.environ) | {
            "WATCHDESK_HOME": str(home),
            "WATCHDESK_PORT": str(self.port),
            "WATCHDESK_PREFECT_PORT": str(free_port()),
        }

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [ROOT / "run", *words], env=self._environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    def tickets(self, monitor: str) -> list[dict[str, Any]]:
        """The tickets of a monitor, newest first."""
        found = requests.get(self.url("/api/v1/tickets"), timeout=30).json()
        return [ticket for ticket in found if ticket["monitor"] == monitor]

    def monitor_of(self, fault: str) -> str:
        rows = json.loads(self.run("demo", "list", "-o", "json"))
        return str(next(row["monitor"] for row in rows if row["fault"] == fault))

    def open_ticket(self, monitor: str, known: set[str]) -> str:
        """The number of a ticket that was not there before; waits for it."""
        return str(until(lambda: next((t["number"] for t in self.tickets(monitor) if t["number"] not in known), None)))

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture of the film: a WebP, and what happens in it."""

    picture: bytes
    words: str


@contextmanager
def demo() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory(prefix="watchdesk-pictures-") as folder:
        found = Demo(Path(folder) / "home")
        try:
            found.run("up", "--demo", "--detach")
            yield found
        finally:
            found.run("down")


@contextmanager
def window(width: int, height: int) -> Iterator[Page]:
    """A page in the light theme, with a clock of its own that is UTC."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="light",
            timezone_id="UTC",
            locale="en-GB",
            reduced_motion="reduce",
        )
        try:
            yield context.new_page()
        finally:
            browser.close()


def film(shop: Demo, page: Page) -> list[Shot]:
    """A fault from the calm before to the proof after it: one shot for each state that the ticket's page shows."""
    monitor = shop.monitor_of(HEALED)
    known = {ticket["number"] for ticket in shop.tickets(monitor)}
    page.goto(shop.url("/"))
    shots = [Shot(picture=webp(page), words="The web shop answers. Now its process is killed.")]
    shop.run("demo", "break", HEALED)
    started = time.monotonic()
    number = shop.open_ticket(monitor, known)
    seen: list[str] = []
    while ENDED not in seen:
        page.goto(shop.url(f"/tickets/{number}"))
        after_s = time.monotonic() - started
        badges = [text.strip().lower() for text in page.locator("main .badge").all_inner_texts()]
        known_badges = [badge for badge in badges if badge in TOLD]
        is_between = known_badges[0] == "new" and "remediating" in seen  # for a moment, until it is judged
        if known_badges != seen and not is_between:
            seen = known_badges
            if ENDED in seen:
                until(lambda: page.reload() and page.get_by_text("kept", exact=True).count())  # clocks follow
            words = f"{after_s:.0f} s later {number} is {seen[0]}: {TOLD[_newest(seen)]}."
            shots.append(Shot(picture=webp(page), words=words))
    page.get_by_text("Resolved as fixed by runbook").last.scroll_into_view_if_needed()
    return [*shots, Shot(picture=webp(page), words="Nobody had to do anything, and everything is written down.")]


def _newest(badges: list[str]) -> str:
    """The badge that says most: how the runbook stands while it is at work, else the ticket's state."""
    return badges[-1] if badges[0] == "remediating" else badges[0]


def stills(shop: Demo, page: Page) -> None:
    """The queue with open tickets, the ticket that was healed, and the report of the month."""
    for fault in WAITING:
        monitor = shop.monitor_of(fault)
        known = {ticket["number"] for ticket in shop.tickets(monitor)}
        shop.run("demo", "break", fault)
        shop.open_ticket(monitor, known)
    healed = shop.tickets(shop.monitor_of(HEALED))[0]["number"]
    for name, path in (("queue", "/tickets"), ("ticket", f"/tickets/{healed}"), ("report", "/reports")):
        page.goto(shop.url(path))
        page.screenshot(path=HERE / f"{name}.png")


def webp(page: Page) -> bytes:
    """What the page looks like, small."""
    session = page.context.new_cdp_session(page)
    found = session.send("Page.captureScreenshot", {"format": "webp", "quality": 70})
    session.detach()
    return base64.b64decode(found["data"])


def svg(shots: list[Shot]) -> str:
    """The shots one after the other, each long enough to be read; the last one stands where motion is not wanted."""
    seconds = [2.0, *([3.0] * (len(shots) - 2)), 4.0]
    whole = sum(seconds)
    rules, pictures, begin = [], [], 0.0
    for number, (shot, length) in enumerate(zip(shots, seconds, strict=True)):
        first, last = 100 * begin / whole, 100 * (begin + length) / whole
        rules.append(f"@keyframes s{number} {{ 0%, {first:.2f}% {{ opacity: 0 }} {first + 0.01:.2f}%, {last:.2f}% "
                     f"{{ opacity: 1 }} {last + 0.01:.2f}%, 100% {{ opacity: 0 }} }}"
                     f" #s{number} {{ animation: s{number} {whole:g}s infinite }}")  # fmt: skip
        pictures.append(
            f'<g id="s{number}"><image width="{WIDTH}" height="{HEIGHT}" href="data:image/webp;base64,'
            f'{base64.b64encode(shot.picture).decode()}"/><text x="20" y="{HEIGHT + 37}">{shot.words}</text></g>'
        )
        begin += length
    still = "@media (prefers-reduced-motion: reduce) { g { animation: none !important } }"
    style = f"text {{ font: 24px sans-serif; fill: #fff }} {' '.join(rules)} {still}"
    size = f'viewBox="0 0 {WIDTH} {HEIGHT + CAPTION}" width="{WIDTH}" height="{HEIGHT + CAPTION}"'
    title = "A process is killed; a ticket opens, a runbook restarts it, and the ticket is resolved with proof"
    ground = f'<rect width="{WIDTH}" height="{HEIGHT + CAPTION}" fill="#1d2733"/>'
    body = "\n".join(pictures)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n<title>{title}</title>\n'
        f"<style>{style}</style>\n{ground}\n{body}\n</svg>\n"
    )


def until(found: Any) -> Any:
    """The first true answer."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.2)
    message = f"waited {PATIENCE_S:.0f} s in vain"
    raise TimeoutError(message)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def main() -> int:
    with demo() as shop:
        with window(WIDTH, HEIGHT) as page:
            (HERE / "healing.svg").write_text(svg(film(shop, page)), "utf-8")
        with window(WIDTH, HEIGHT) as page:
            stills(shop, page)
    for path in sorted((*HERE.glob("*.png"), *HERE.glob("*.svg"))):
        sys.stdout.write(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
