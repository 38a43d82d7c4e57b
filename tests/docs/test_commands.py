"""The commands of the documents do what the documents say: each is executed, as a reader would."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from sqlalchemy import create_engine, text

from tests.docs.documents import Document, document, documents
from tests.docs.proxy import proxy
from tests.docs.reader import Misled, Reader
from tests.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
README, TUTORIAL = "README.md", "docs/tutorial/first-quarter-hour.md"
POSTGRES = "docs/how-to/use-postgresql.md"
ALONE = (README, TUTORIAL, POSTGRES)  # each begins with nothing; the others with a Watchdesk that is up
TOGETHER = [found.path for found in documents() if found.is_executed and found.path not in ALONE]
SERVICES = "services:\n  shop: {title: Web shop, owner: payments, tier: 1}\n"
MONITORS = "monitors:\n  shop-page: {service: shop, every: 10s, http: 'http://127.0.0.1:8420/healthz'}\n"
PASSWORD = "a long random text"
TLS = 8443


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Reader]:
    """Somebody with an empty home."""
    yield from _until_down(Reader(tmp_path))


@pytest.fixture(scope="module")
def colleague(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Somebody whose Watchdesk knows a service, has a password, a mail relay, and a proxy that speaks TLS."""
    folder = tmp_path_factory.mktemp("colleague")
    found = Reader(folder, WATCHDESK_PASSWORD=PASSWORD, WATCHDESK_DEFINITIONS=f"{folder}/home/watch")
    found.save("~/watch/services/shop.yaml", SERVICES)
    found.save("~/watch/monitors/shop.yaml", MONITORS)
    relay = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    relay.start()
    found.variables["WATCHDESK_SMTP_URL"] = f"smtp://127.0.0.1:{relay.port}"
    found.variables["WATCHDESK_MAIL_TO"] = "desk@example.org"
    try:
        with proxy(folder, found.ports[TLS], found.ports[8420]) as authority:
            address = f'{{address: "127.0.0.1:{found.ports[TLS]}", ca: {authority}}}'
            found.words["tls: shop.example.org:443"] = f"tls: {address}"
            yield from _until_down(found)
    finally:
        relay.stop()


def _until_down(found: Reader) -> Iterator[Reader]:
    try:
        yield found
    finally:
        found.do("./run down")


def _be_up(found: Reader) -> None:
    """The one that was up before may have been ended by a guide that says so."""
    if '"ready": true' not in found.do("./run status -o json"):
        found.do("./run up --detach")


def test_the_first_quarter_of_an_hour_goes_as_told(newcomer: Reader) -> None:
    newcomer.follow(document(TUTORIAL))


def test_the_readme_shows_what_one_sees(newcomer: Reader) -> None:
    newcomer.follow(document(README))


@pytest.mark.parametrize("path", TOGETHER)
def test_a_guide_works_as_told(colleague: Reader, path: str) -> None:
    _be_up(colleague)
    colleague.follow(document(path))


@pytest.mark.parametrize(
    ("path", "name", "status"),
    [("/healthz", "", 200), ("/api/v1/status", "", 401), ("/api/v1/status", "ana", 200)],
)
def test_behind_the_proxy_of_the_guide_the_console_asks_for_the_password(
    colleague: Reader, path: str, name: str, status: int
) -> None:
    _be_up(colleague)
    answer = requests.get(
        f"https://127.0.0.1:{colleague.ports[TLS]}{path}",
        auth=(name, PASSWORD) if name else None,
        verify=str(colleague.home.parent / "certificate.pem"),
        timeout=30,
    )
    assert answer.status_code == status


@pytest.mark.parametrize(("origin", "status"), [("{url}", 404), ("https://elsewhere.example.org", 403)])
def test_a_form_is_taken_through_the_proxy_from_our_own_pages_only(colleague: Reader, origin: str, status: int) -> None:
    """404: it came through, to a ticket that does not exist."""
    _be_up(colleague)
    url = f"https://127.0.0.1:{colleague.ports[TLS]}"
    answer = requests.post(
        f"{url}/api/v1/tickets/INC-999/ack",
        json={"who": "ana"},
        headers={"Origin": origin.format(url=url)},
        auth=("ana", PASSWORD),
        verify=str(colleague.home.parent / "certificate.pem"),
        timeout=30,
    )
    assert answer.status_code == status


@pytest.fixture
def empty_database(postgres_server: str) -> Iterator[str]:
    """The address of an empty database on a real server."""
    name = f"docs_{free_port()}"
    admin = create_engine(postgres_server.replace("postgresql://", "postgresql+psycopg://", 1)).execution_options(
        isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    head, question, query = postgres_server.partition("?")
    yield f"{head.rpartition('/')[0]}/{name}{question}{query}"
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


def test_everything_can_be_kept_in_postgresql_as_told(empty_database: str, newcomer: Reader) -> None:
    newcomer.words["postgresql://watchdesk:secret@127.0.0.1/watchdesk"] = f"'{empty_database}'"
    newcomer.follow(document(POSTGRES))


def test_a_reader_notices_a_command_that_fails(newcomer: Reader) -> None:
    with pytest.raises(Misled, match="it ended with 3"):
        newcomer.do("mkdir -p x/monitors; echo 'monitors: {x: {htp: y}}' > x/monitors/y.yaml; ./run check x")


def test_a_reader_notices_what_is_not_shown(newcomer: Reader) -> None:
    told = "```console\n$ echo one two\none … three\n```\n"
    with pytest.raises(Misled, match="it does not show: one … three"):
        newcomer.follow(Document("README.md", told))
