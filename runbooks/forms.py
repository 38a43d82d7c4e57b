"""The runbook file's form, version 1: what may stand where."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from runbooks.model import Attempts, Backoff, Breaker, Concurrency, Limits, Rate, Risk, Trust, TrustLevel, Verify
from watchdesk.definitions.models import Definition, Name, Text
from watchdesk.definitions.quantities import Duration, parse_duration, parse_ratio


class TrustForm(Definition):
    """How far it may go without a person, and why its owner thinks so."""

    level: TrustLevel
    because: str = Field("", max_length=2000)
    expires: Annotated[Duration, Field(gt=timedelta(0))] = timedelta(minutes=30)

    def value(self) -> Trust:
        return Trust(level=self.level, because=self.because, expires=self.expires)


class ParameterForm(Definition):
    """A typed parameter. `value` is the owner's constant; `from` takes it from the trigger; one of the two."""

    type: Literal["name", "int", "port", "path", "choice", "host", "url", "unit", "item", "text", "secret"]
    value: str | int | None = None
    source: Literal["item", "address", "service", "monitor", "ticket"] | None = Field(None, alias="from")
    choices: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_][^\x00-\x1f\x7f]{0,255}$")]] = Field(default_factory=list)
    allow: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    min: int | None = None
    max: int | None = None


Startable = Literal["warning", "critical"]


def _critical() -> list[Startable]:
    return ["critical"]


class MatchForm(Definition):
    """Which confirmed failures start it."""

    monitors: list[Name] = Field(min_length=1)
    health: list[Startable] = Field(default_factory=_critical, min_length=1)
    max_age: Annotated[Duration, Field(gt=timedelta(0))] = timedelta(minutes=5)


def _per(given: object) -> object:
    """`incident` as None, anything else as a duration."""
    if given == "incident":
        return None
    if isinstance(given, str):
        return parse_duration(given)
    message = f"{given!r} is neither 'incident' nor a duration like 6h"
    raise ValueError(message)


def _rate(given: object) -> object:
    count, _, per = given.partition("/") if isinstance(given, str) else ("", "", "")
    if not count.isdigit() or int(count) < 1:
        message = f"{given!r} is not a rate; write a count and a duration, like 10/10m"
        raise ValueError(message)
    return Rate(count=int(count), per=parse_duration(per))


def _most(given: object) -> object:
    """A count, or a percentage as a ratio in a tuple of its own."""
    if isinstance(given, str):
        return (parse_ratio(given),)
    return given


class BackoffForm(Definition):
    """Waiting longer after each failed attempt."""

    base: Annotated[Duration, Field(gt=timedelta(0))]
    factor: float = Field(2.0, ge=1, le=10)
    jitter: float = Field(0.2, ge=0, le=1)


class AttemptsForm(Definition):
    """How many attempts, per incident or within a duration on one target."""

    max: int = Field(3, ge=1, le=100)
    per: Annotated[timedelta | None, BeforeValidator(_per)] = timedelta(hours=6)
    backoff: BackoffForm | None = None

    def value(self) -> Attempts:
        backoff = None if self.backoff is None else Backoff(**self.backoff.model_dump())
        return Attempts(max=self.max, per=self.per, backoff=backoff)


class ConcurrencyForm(Definition):
    """How many may run at once; a percentage is of the items of the definitions."""

    max: Annotated[Annotated[int, Field(ge=1)] | tuple[float], BeforeValidator(_most)] = 1
    at_least: int = Field(1, ge=1)
    per_domain: int | None = Field(None, ge=1)

    def value(self) -> Concurrency:
        share = self.max[0] if isinstance(self.max, tuple) else None
        most = None if isinstance(self.max, tuple) else self.max
        return Concurrency(max=most, share=share, at_least=self.at_least, per_domain=self.per_domain)


class BreakerForm(Definition):
    """Off for `open` after so many incidents in a row that it could not repair."""

    failures: int = Field(ge=1)
    open: Annotated[Duration, Field(gt=timedelta(0))]


class LimitsForm(Definition):
    """What holds it back."""

    cooldown: Duration = timedelta(minutes=10)
    attempts: AttemptsForm = Field(default_factory=AttemptsForm)
    concurrency: ConcurrencyForm = Field(default_factory=ConcurrencyForm)
    rate: Annotated[Rate, BeforeValidator(_rate)] | None = None
    breaker: BreakerForm | None = None

    def value(self) -> Limits:
        return Limits(
            cooldown=self.cooldown,
            attempts=self.attempts.value(),
            concurrency=self.concurrency.value(),
            rate=self.rate or Limits().rate,
            breaker=None if self.breaker is None else Breaker(**self.breaker.model_dump()),
        )


def _positive(duration: timedelta) -> timedelta:
    if duration <= timedelta(0):
        message = "must be longer than 0s"
        raise ValueError(message)
    return duration


class VerifyForm(Definition):
    """The proof: the monitor that opened the ticket is healthy again, and stays so."""

    recheck: Literal["origin"]
    within: Annotated[Duration, AfterValidator(_positive)]
    stable_for: Duration = timedelta(0)

    def value(self) -> Verify:
        return Verify(within=self.within, stable_for=self.stable_for)


class OnFailureForm(Definition):
    """What happens when the attempts are used up."""

    escalate: bool = True


class RunbookForm(Definition):
    """Everything of a runbook but its steps, which are read by their kinds."""

    api_version: Literal["watchdesk/v1"] = Field(alias="apiVersion")
    id: Name
    title: Text
    owner: Name
    risk: Annotated[Risk, Field(strict=False)]
    description: str = Field("", max_length=4000)
    trust: TrustForm = Field(default_factory=lambda: TrustForm(level=TrustLevel.OBSERVE))
    params: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")], ParameterForm] = Field(
        default_factory=dict
    )
    match: MatchForm
    limits: LimitsForm = Field(default_factory=LimitsForm)
    verify: VerifyForm | None = None
    on_failure: OnFailureForm = Field(default_factory=OnFailureForm)


class StepHead(Definition):
    """What every step has besides its kind's key."""

    id: Name
    effect: Literal["readonly", "repeatable", "once"] | None = None
    where: Literal["item", "local"] = Field("item", alias="on")
