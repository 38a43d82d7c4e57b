"""Settings: read once from the environment and from watchdesk.toml, then passed down."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from watchdesk.addresses import Drivers, database_address, without_password
from watchdesk.errors import SettingsInvalid
from watchdesk.spelling import did_you_mean

PREFIX = "WATCHDESK_"
FILE = "watchdesk.toml"
COMPLETE = "WATCHDESK_SETTINGS_ARE_COMPLETE"  # set for our children, who got every setting spelled out
NOT_SETTINGS = frozenset({COMPLETE, "WATCHDESK_ROOT", "WATCHDESK_UP_ID"})  # prefect.yaml's folder, the mark of an `up`
VERY_NEAR = 0.88  # of difflib, over the whole name with its prefix
SECRET_WORDS = ("secret", "password")
HIDDEN = "(hidden)"
OURS: Drivers = {"postgresql": ("psycopg",), "postgres": ("psycopg",), "sqlite": ("pysqlite",)}
PREFECTS: Drivers = {
    "postgresql": ("asyncpg", "psycopg"),
    "postgres": ("asyncpg", "psycopg"),
    "sqlite": ("aiosqlite",),
}


class Settings(BaseModel):
    """Every setting, with its unit and the reason of its default. The environment wins over watchdesk.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path = Field(Path(".watchdesk"), description="Folder of all state: database, logs, Prefect's own home.")
    definitions: Path | None = Field(
        None, description="Folder of the definitions. Without it: the shipped set `examples/local`."
    )
    database_url: str | None = Field(
        None, description="postgresql://USER:PASSWORD@HOST:PORT/NAME. Without it: SQLite in the home folder."
    )
    prefect_database_url: str | None = Field(
        None,
        description="Another database of PostgreSQL, for the Prefect server. Without it: SQLite in the home folder.",
    )
    host: str = Field("127.0.0.1", description="Address the console listens on; loopback, as it needs no login.")
    password: str | None = Field(
        None, description="Password of the console (HTTP Basic, any user name); needed when host is not loopback."
    )
    port: int = Field(8420, ge=1, le=65535, description="Port of the console.")
    prefect_port: int = Field(8421, ge=1, le=65535, description="Port of the Prefect server, on loopback.")
    shift_length_s: float = Field(
        600, gt=0, description="Length of a shift in seconds; long, as a Prefect flow run costs about 3 s of CPU."
    )
    lease_s: float = Field(
        10, gt=0, description="Lifetime of a lease in seconds without renewal; bounds the blind time after a crash."
    )
    engine_connections: int = Field(
        500, ge=1, description="Probes in flight at once; bounded so that hanging targets cannot exhaust the machine."
    )
    probe_threads: int = Field(32, ge=1, description="Threads for probes that block (SQL, Python, files).")
    keep_results_days: float = Field(400, gt=0, description="Days of packed results; 400 covers a year and a month.")
    close_resolved_days: float = Field(
        7,
        gt=0,
        description="Days after its resolution until a ticket is closed; a week in which people may disagree.",
    )
    keep_prefect_runs_days: float = Field(3, gt=0, description="Days of Prefect's own run history.")
    smtp_url: str | None = Field(
        None, description="smtp://user:password@host:port of the mail relay; without it no mail is sent."
    )
    mail_from: str = Field("watchdesk@localhost", description="Sender address of mails.")
    mail_to: str | None = Field(None, description="Recipient of ticket mails when a service names none.")
    webhook_url: str | None = Field(None, description="Where ticket events are posted, signed; without it nowhere.")
    webhook_secret: str | None = Field(None, description="Key of the webhook's HMAC-SHA256 signature.")
    heartbeat_url: str | None = Field(
        None, description="Called every minute while all is well: a dead machine cannot ticket itself."
    )
    secrets: Path | None = Field(None, description="Folder with one file a secret, named by `secret:NAME`.")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="Least level logged.")

    @field_validator("database_url")
    @classmethod
    def _is_for_us(cls, url: str | None) -> str | None:
        if url is not None:
            database_address(url, OURS)
        return url

    @field_validator("prefect_database_url")
    @classmethod
    def _is_for_prefect(cls, url: str | None) -> str | None:
        if url is not None:
            database_address(url, PREFECTS)
        return url

    @model_validator(mode="after")
    def _has_two_ports(self) -> Self:
        if self.port == self.prefect_port:
            message = f"'port' and 'prefect_port' are both {self.port}; give the console and Prefect one each"
            raise ValueError(message)
        return self

    @property
    def url(self) -> str:
        """Where the console is reached."""
        return f"http://{self.host}:{self.port}"

    @property
    def prefect_url(self) -> str:
        return f"http://127.0.0.1:{self.prefect_port}"

    @property
    def database(self) -> str:
        """SQLAlchemy URL of Watchdesk's own database, with the driver filled in."""
        if self.database_url is None:
            return f"sqlite:///{self.home / 'watchdesk.db'}"
        for scheme in ("postgresql://", "postgres://"):
            if self.database_url.startswith(scheme):
                return "postgresql+psycopg://" + self.database_url.removeprefix(scheme)
        return self.database_url


def read_settings(environ: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from `environ` (the process's own when None), then watchdesk.toml, then defaults.

    watchdesk.toml is looked for in the working directory and in the home; where both say something the working
    directory's wins. `given` (command-line options) wins over everything; None in it means not given. Relative paths
    are made absolute: those of a file against its folder, others against the working directory. Raises
    SettingsInvalid naming the setting, its value, where it stands and the remedy.
    """
    environ = os.environ if environ is None else environ
    _refuse_misspelt(environ)
    said = {name: _Said(value, "") for name, value in given.items() if value is not None}
    said = {name: _Said(value, PREFIX + name.upper()) for name, value in _from_environment(environ).items()} | said
    if not environ.get(COMPLETE):
        said = _from_file(Path.cwd() / FILE) | said
        said = _from_home(_home(said)) | said
    try:
        settings = Settings.model_validate({name: fact.value for name, fact in said.items()} | {"home": _home(said)})
    except ValidationError as error:
        raise SettingsInvalid(_explain(error, said)) from error
    paths: dict[str, Path] = {name: _path(said[name]) for name in ("definitions", "secrets") if name in said}
    return settings.model_copy(update=paths)


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment for a child process of ours: this one's, with every setting spelled out; no file adds to it."""
    ours = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    chosen = settings.model_dump(exclude_none=True)
    return kept | {f"{PREFIX}{name.upper()}": str(value) for name, value in chosen.items()} | {COMPLETE: "1"}


def shown(name: str, value: object) -> object:
    """A setting's value without what must not be seen: a secret, or the password inside an address."""
    if value is None:
        return None
    if any(name.endswith(word) for word in SECRET_WORDS):
        return HIDDEN
    return without_password(value) if name.endswith("_url") and isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class _Said:
    """A value, and where it stands: a file, a variable, or nothing for a command-line option."""

    value: Any
    where: str
    folder: Path | None = None


def _home(said: Mapping[str, _Said]) -> Path:
    return _path(said.get("home", _Said(".watchdesk", "")))


def _path(fact: _Said) -> Path:
    if not isinstance(fact.value, str | Path) or not str(fact.value):
        message = f"{fact.value!r} is no path ({fact.where})"
        raise SettingsInvalid(message)
    try:
        return ((fact.folder or Path.cwd()) / Path(fact.value).expanduser()).absolute()
    except RuntimeError as error:  # nobody knows the home of whoever is meant by ~
        message = f"'{fact.value}': {error}; write the whole path ({fact.where})"
        raise SettingsInvalid(message) from error


def _from_home(home: Path) -> dict[str, _Said]:
    """What the home's own file says. It was found through the home, so it cannot say where the home is."""
    path = home / FILE
    found = {} if path == Path.cwd() / FILE else _from_file(path)
    if "home" in found:
        message = (
            f"{path}: 'home' cannot stand in the home's own file, which is found through it; "
            f"write it into {FILE} of the working directory, or set {PREFIX}HOME"
        )
        raise SettingsInvalid(message)
    return found


def _from_file(path: Path) -> dict[str, _Said]:
    try:
        text = path.read_text("utf-8")
        facts = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}; give access to it, or start from another directory"
        raise SettingsInvalid(message) from error
    except ValueError as error:  # TOML's own error is one, and that of a text which is not UTF-8
        message = f"{path}: not valid TOML: {error}"
        raise SettingsInvalid(message) from error
    return {name: _Said(value, str(path), path.parent) for name, value in facts.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    names = {f"{PREFIX}{name.upper()}": name for name in Settings.model_fields}
    return {name: environ[key] for key, name in names.items() if environ.get(key)}


def _refuse_misspelt(environ: Mapping[str, str]) -> None:
    """A variable that is nearly one of ours was meant to be; others are not our business."""
    known = {f"{PREFIX}{name.upper()}": name for name in Settings.model_fields}
    strange = [name for name in environ if name.startswith(PREFIX) and name not in known and name not in NOT_SETTINGS]
    for name in sorted(strange):
        hint = difflib.get_close_matches(name, known, n=1, cutoff=VERY_NEAR)
        if hint:
            message = f"the variable {name} is no setting; did you mean {hint[0]}?"
            raise SettingsInvalid(message)


def _explain(error: ValidationError, said: Mapping[str, _Said]) -> str:
    return "\n".join(_sentence(fault, said) for fault in error.errors())


def _sentence(fault: Any, said: Mapping[str, _Said]) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    reason = str(fault.get("ctx", {}).get("error") or fault["msg"])
    where = said[name].where if name in said else ""
    if not name:
        return f"the settings {reason}"
    if fault["type"] == "extra_forbidden":
        return f"setting '{name}' is not known{did_you_mean(name, Settings.model_fields)}" + (where and f" ({where})")
    value, variable = shown(name, fault["input"]), f"{PREFIX}{name.upper()}"
    return f"setting '{name}' = {value!r}: {reason} ({where or variable})"
