"""A ping finds its monitor, whatever is wrong with the keys of others, and strangers cannot fill the log."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from loop.crew import read_secret
from loop.definitions import Definitions, load
from loop.knocking import Knock, monitor_of
from tests.loop.definitions import write
from watchdesk.errors import NotFound
from watchdesk.settings import Settings

MONITORS = """
defaults: {service: shop}
monitors:
  broken: {heartbeat: {period: 1d, key: secret:broken}}
  missing: {heartbeat: {period: 1d, key: secret:missing}}
  nightly: {heartbeat: {period: 1d}}
  weekly: {heartbeat: {period: 7d, key: secret:weekly}}
"""


@pytest.fixture
def defined(tmp_path: Path) -> Definitions:
    return load(write(tmp_path / "definitions", monitors=MONITORS))


@pytest.fixture
def secret(tmp_path: Path) -> Callable[[str], str]:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "broken").write_bytes(b"\xff\xfe")
    (folder / "weekly").write_text("c0ffee\n")
    return partial(read_secret, Settings.model_validate({"home": tmp_path, "secrets": folder}))


@pytest.mark.parametrize(("key", "monitor"), [("nightly", "nightly"), ("c0ffee", "weekly")])
def test_a_secret_that_is_no_text_keeps_no_other_ping_out(
    key: str, monitor: str, defined: Definitions, secret: Callable[[str], str]
) -> None:
    assert monitor_of(defined, Knock(key=key, is_trusted=True), secret) == monitor


def test_a_secret_that_is_no_text_says_so(secret: Callable[[str], str]) -> None:
    with pytest.raises(LookupError, match=r"secret 'broken' .* is not text in UTF-8"):
        secret("broken")


def test_keys_that_cannot_be_read_are_logged_once_however_often_strangers_knock(
    defined: Definitions, secret: Callable[[str], str]
) -> None:
    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(NotFound):
                monitor_of(defined, Knock(key="x", is_trusted=False), secret)
    assert sorted(line["monitor"] for line in logs) == ["broken", "missing"]
