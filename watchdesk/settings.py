"""Settings: read once from the environment and from watchdesk.toml, then passed down."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from watchdesk.errors import SettingsInvalid
from watchdesk.spelling import nearest

PREFIX = "WATCHDESK_"


class Settings(BaseModel):
    """Every setting, with its unit and the reason of its default. The environment wins over watchdesk.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path = Field(Path(".watchdesk"), description="Folder of all state: database, logs, Prefect's own home.")
    definitions: Path | None = Field(
        None, description="Folder of the definitions. Without it: the shipped set `examples/local`."
    )
    database_url: str | None = Field(
        None, description="SQLAlchemy URL of a PostgreSQL database. Without it: SQLite in the home folder."
    )
    prefect_database_url: str | None = Field(
        None, description="Database of the Prefect server. Without it: SQLite in the home folder."
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

    `given` (command-line options) wins over everything; None in it means not given. Relative paths are made
    absolute against the working directory. Raises SettingsInvalid naming the setting, its value and the remedy.
    """
    environ = os.environ if environ is None else environ
    home = Path(given.get("home") or environ.get(f"{PREFIX}HOME") or ".watchdesk").absolute()
    facts = _from_file([Path("watchdesk.toml").absolute(), home / "watchdesk.toml"])
    facts |= _from_environment(environ)
    facts |= {name: value for name, value in given.items() if value is not None}
    facts["home"] = home
    try:
        settings = Settings.model_validate(facts)
    except ValidationError as error:
        raise SettingsInvalid(_explain(error)) from error
    return settings.model_copy(
        update={name: path.absolute() for name in ("definitions", "secrets") if (path := getattr(settings, name))}
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment for a child process of ours: this one's, with every setting spelled out."""
    chosen = settings.model_dump(exclude_none=True)
    return dict(os.environ) | {f"{PREFIX}{name.upper()}": str(value) for name, value in chosen.items()}


def _from_file(candidates: list[Path]) -> dict[str, Any]:
    for path in candidates:
        if path.is_file():
            try:
                return tomllib.loads(path.read_text("utf-8"))
            except tomllib.TOMLDecodeError as error:
                message = f"{path}: not valid TOML: {error}"
                raise SettingsInvalid(message) from error
    return {}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    names = {f"{PREFIX}{name.upper()}": name for name in Settings.model_fields}
    return {name: environ[key] for key, name in names.items() if environ.get(key)}


def _explain(error: ValidationError) -> str:
    lines = []
    for fault in error.errors():
        name = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            hint = nearest(name, Settings.model_fields)
            lines.append(f"setting '{name}' is not known" + (f"; did you mean '{hint}'?" if hint else ""))
        else:
            lines.append(f"setting '{name}' = {fault['input']!r}: {fault['msg']} ({PREFIX}{name.upper()})")
    return "\n".join(lines)
