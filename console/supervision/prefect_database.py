"""The database of the Prefect server: which one it is, and whether its server could start on it."""

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from watchdesk.addresses import DatabaseAddress, database_address, without_password
from watchdesk.database import Database
from watchdesk.errors import SettingsInvalid
from watchdesk.settings import OURS, PREFECTS, Settings

SETTING = "WATCHDESK_PREFECT_DATABASE_URL"
OUR_TABLE = "sweep_journal"
DEFAULT_PORT = 5432
EXTENSION = "pg_trgm"  # Prefect's first start makes it, and its server never gets ready where it cannot


def prefect_database_url(settings: Settings) -> str:
    """What Prefect is told: its own SQLite file in the home, or the database that was set for it.

    Prefect speaks to its database asynchronously, so the driver is named in the URL; asyncpg calls sslmode ssl.
    """
    url = settings.prefect_database_url
    if url is None:
        return f"sqlite+aiosqlite:///{settings.home / 'prefect' / 'prefect.db'}"
    rest = url.partition("://")[2]
    if _address(url).is_sqlite:
        return f"sqlite+aiosqlite://{rest}"
    return f"postgresql+asyncpg://{rest.replace('?sslmode=', '?ssl=').replace('&sslmode=', '&ssl=')}"


def where_prefect_writes(settings: Settings) -> str:
    """Its database, for people."""
    return without_password(settings.prefect_database_url or str(settings.home / "prefect" / "prefect.db"))


def reach_prefect_database(settings: Settings) -> None:
    """Raises DatabaseUnavailable, or SettingsInvalid when Prefect's server could not start on it. Nothing is kept."""
    url = settings.prefect_database_url
    if url is None or _address(url).is_sqlite:
        return
    _require_own(settings, url)
    with Database(_for_our_driver(url), SETTING) as database, database.reading() as session:
        if session.scalar(text("SELECT to_regclass(:name)"), {"name": OUR_TABLE}) is not None:
            raise SettingsInvalid(_shared(url))
        _try_extension(session, url)
        _try_table(session, url)


def _for_our_driver(url: str) -> str:
    """The setting may be written for Prefect's driver; what asyncpg calls ssl is sslmode for ours."""
    rest = url.partition("://")[2]
    return f"postgresql+psycopg://{rest.replace('?ssl=', '?sslmode=').replace('&ssl=', '&sslmode=')}"


def _try_extension(session: Session, url: str) -> None:
    known = {"name": EXTENSION}
    if session.scalar(text("SELECT 1 FROM pg_extension WHERE extname = :name"), known):
        return
    if session.scalar(text("SELECT 1 FROM pg_available_extensions WHERE name = :name"), known) is None:
        message = (
            f"{_shown(url)}: Prefect needs the extension {EXTENSION}, and the server does not have it; install "
            "PostgreSQL's contrib modules there, or leave the setting out: Prefect then writes into the home"
        )
        raise SettingsInvalid(message)
    remedy = f"let a superuser say: psql {_address(url).name} --command 'CREATE EXTENSION {EXTENSION}'"
    _try(session, f"CREATE EXTENSION {EXTENSION}", f"{_shown(url)}: Prefect needs the extension {EXTENSION}", remedy)


def _try_table(session: Session, url: str) -> None:
    remedy = f"let a superuser say: ALTER DATABASE {_address(url).name} OWNER TO the user of the setting"
    statement = "CREATE TABLE watchdesk_trial (id integer)"
    _try(session, statement, f"{_shown(url)}: Prefect needs the right to make tables", remedy)


def _try(session: Session, statement: str, need: str, remedy: str) -> None:
    try:
        session.execute(text(statement))
    except DBAPIError as error:
        said = str(error.orig).partition("\n")[0]
        message = f"{need}, which was refused ({said}); {remedy}"
        raise SettingsInvalid(message) from error


def _require_own(settings: Settings, url: str) -> None:
    if settings.database_url is None:
        return
    ours, theirs = database_address(settings.database_url, OURS), _address(url)
    if not ours.is_sqlite and _place(ours) == _place(theirs):
        raise SettingsInvalid(_shared(url))


def _shared(url: str) -> str:
    return (
        f"{_shown(url)} is Watchdesk's own database, and Prefect's tables need one of their own; "
        "make a second one with createdb, or leave the setting out"
    )


def _shown(url: str) -> str:
    return f"{SETTING} = {without_password(url)}"


def _place(address: DatabaseAddress) -> tuple[str, int, str]:
    host = "127.0.0.1" if address.host in {"localhost", "[::1]"} else address.host
    return host, address.port or DEFAULT_PORT, address.name


def _address(url: str) -> DatabaseAddress:
    return database_address(url, PREFECTS)
