"""What `doctor` asks about an `up`: each question with its answer, and what to do when it is no."""

from dataclasses import dataclass

from console.supervision import marks, record
from console.supervision.prefect_database import reach_prefect_database, where_prefect_writes
from console.supervision.preflight import is_free, make_home, owner_of, reach_database
from console.supervision.readiness import answers
from watchdesk.errors import WatchdeskError
from watchdesk.settings import Settings
from watchdesk.wording import counted, verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question. `remedy` is empty when all is well."""

    name: str
    is_well: bool
    finding: str
    remedy: str = ""


def checks(settings: Settings) -> tuple[Check, ...]:
    """Asked from outside; nothing is changed."""
    known = record.read_record(settings.home)
    is_up = known is not None and known.is_running and record.is_locked(settings.home)
    found = [_home(settings), _database(settings), _prefects_database(settings), _supervisor(settings, is_up=is_up)]
    if is_up:
        found += [
            _answers("Prefect", f"{settings.prefect_url}/api/health"),
            _answers("console", f"{settings.url}/healthz"),
        ]
    elif not marks.of_home(settings.home):  # otherwise it is our own that have the ports, as is told already
        found += [_port(settings.host, settings.port, "WATCHDESK_PORT")]
        found += [_port("127.0.0.1", settings.prefect_port, "WATCHDESK_PREFECT_PORT")]
    return tuple(found)


def _home(settings: Settings) -> Check:
    if not settings.home.exists():
        return Check(name="home", is_well=True, finding=f"{settings.home} is not there yet; `up` makes it")
    try:
        make_home(settings.home)
    except WatchdeskError as error:
        return Check(name="home", is_well=False, finding=str(error), remedy="see the finding")
    return Check(name="home", is_well=True, finding=f"{settings.home} can be written")


def _database(settings: Settings) -> Check:
    if settings.database_url is None and not (settings.home / "watchdesk.db").exists():
        return Check(name="database", is_well=True, finding="not there yet; `up` makes it")
    try:
        reach_database(settings)
    except WatchdeskError as error:
        return Check(name="database", is_well=False, finding=str(error), remedy="see the finding")
    return Check(name="database", is_well=True, finding="it answers")


def _prefects_database(settings: Settings) -> Check:
    """Asked also while Prefect is up on it: what is tried there is rolled back."""
    try:
        reach_prefect_database(settings)
    except WatchdeskError as error:
        return Check(name="Prefect's database", is_well=False, finding=str(error), remedy="see the finding")
    return Check(name="Prefect's database", is_well=True, finding=where_prefect_writes(settings))


def _supervisor(settings: Settings, *, is_up: bool) -> Check:
    count = len(marks.of_home(settings.home))
    if is_up:
        return Check(name="processes", is_well=True, finding=f"up, with {_processes(count)}")
    if count:
        finding = f"{_processes(count)} {verb(count, 'is', 'are')} left of an `up` whose supervisor is gone"
        return Check(name="processes", is_well=False, finding=finding, remedy="watchdesk up (or down)")
    return Check(name="processes", is_well=True, finding="not up")


def _processes(count: int) -> str:
    return counted(count, "process", "processes")


def _answers(name: str, url: str) -> Check:
    if answers(url):
        return Check(name=name, is_well=True, finding=f"answers at {url}")
    return Check(name=name, is_well=False, finding=f"no answer at {url}", remedy="look into the logs of the home")


def _port(host: str, port: int, variable: str) -> Check:
    if is_free(host, port):
        return Check(name=f"port {port}", is_well=True, finding="free")
    return Check(name=f"port {port}", is_well=False, finding=f"taken{owner_of(port)}", remedy=f"set {variable}")
