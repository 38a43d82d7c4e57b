"""Small definition sets written by tests."""

from pathlib import Path
from textwrap import dedent

SERVICES = """
services:
  shop: {title: Web shop, owner: payments, tier: 1, hours: always, sla: {respond: 15m, resolve: 4h}}
"""


def write(root: Path, **texts: str) -> Path:
    """Each text as `<folder>/test.yaml` below `root`; a service `shop` is there unless another text is given."""
    for folder, text in {"services": SERVICES, **texts}.items():
        path = root / folder / "test.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return root


def http_monitor(url: str, extra: str = "") -> str:
    """A monitor `web` of a URL that goes hard at the second failure within a second."""
    return (
        "defaults: {every: 1s, timeout: 800ms, attempts: 2, retry: 200ms, service: shop}\n"
        f"monitors:\n  web:\n    http: {url}\n    resolve: {{after: 2, grace: 0s, reopen_within: 0s}}\n{extra}"
    )
