"""The form of monitors/*.yaml: what may stand in an entry beside its kind, and what `defaults` may give."""

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from monitors.flapping import LEAST_CHANGES, MOST_KEPT
from watchdesk.definitions.models import Definition, Name, Text
from watchdesk.definitions.quantities import Duration, format_duration

SHORTEST_EVERY, LONGEST_EVERY = timedelta(seconds=1), timedelta(days=31)
SHORTEST_RETRY, LONGEST_RETRY = timedelta(milliseconds=100), timedelta(days=1)
SHORTEST_TIMEOUT, LONGEST_TIMEOUT = timedelta(milliseconds=10), timedelta(hours=1)


def _between(shortest: timedelta, longest: timedelta) -> AfterValidator:
    def check(given: timedelta) -> timedelta:
        if not shortest <= given <= longest:
            bounds = f"{format_duration(shortest)} to {format_duration(longest)}"
            message = f"{format_duration(given)} is out of bounds; write a duration from {bounds}"
            raise ValueError(message)
        return given

    return AfterValidator(check)


def _several(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _lines(given: object) -> object:
    if isinstance(given, str | list | tuple):
        return _several(given)
    message = "a list of expectations belongs here, like [status == 200]"
    raise ValueError(message)


def _word(given: object) -> object:
    """Tags are text, though YAML reads some of them as numbers or as yes and no."""
    if isinstance(given, bool):
        return str(given).lower()
    return str(given) if isinstance(given, int | float) else given


def _limit(given: object) -> object:
    """A bare number is a range of the Nagios plugin guidelines: alert outside of 0 to it."""
    return str(given) if isinstance(given, int | float) and not isinstance(given, bool) else given


class ResolveModel(Definition):
    """`resolve`: when a machine may resolve the ticket. What is left out follows from the interval."""

    after: Annotated[int, Field(ge=1, le=1000, strict=True)] = 3
    grace: Duration | None = None
    reopen_within: Duration | None = None


class FlapModel(Definition):
    """`flap`: how flapping is detected; thresholds in percent of weighted changes among the last results.

    With `within`, as many as `changes` in that time are flapping too.
    """

    algorithm: Literal["icinga", "nagios"] = "icinga"
    high: Annotated[float, Field(gt=0, le=100)] = 30.0
    low: Annotated[float, Field(ge=0, le=100)] = 25.0
    changes: Annotated[int, Field(ge=LEAST_CHANGES, le=MOST_KEPT, strict=True)] = 6
    within: Duration | None = None

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.low > self.high:
            message = f"low ({self.low:g}) is above high ({self.high:g}); exchange them"
            raise ValueError(message)
        if self.within is None and "changes" in self.model_fields_set:
            message = "changes are counted within a time; write within: 1h beside it"
            raise ValueError(message)
        return self


class UnknownModel(Definition):
    """`unknown`: how long a monitor may see nothing before that is an incident of its own."""

    hold: Duration = timedelta(minutes=5)


class LimitsModel(Definition):
    """Thresholds on one value."""

    warn: Annotated[Text | None, BeforeValidator(_limit)] = None
    crit: Annotated[Text | None, BeforeValidator(_limit)] = None
    recover: Annotated[Text | None, BeforeValidator(_limit)] = None
    for_at_least: Duration = Field(timedelta(0), alias="for")


class DefaultsModel(Definition):
    """What holds for every monitor of a file that does not say otherwise."""

    every: Annotated[Duration, _between(SHORTEST_EVERY, LONGEST_EVERY)] = timedelta(minutes=1)
    timeout: Annotated[Duration, _between(SHORTEST_TIMEOUT, LONGEST_TIMEOUT)] = timedelta(seconds=10)
    attempts: Annotated[int, Field(ge=1, le=100, strict=True)] = 3
    retry: Annotated[Duration, _between(SHORTEST_RETRY, LONGEST_RETRY)] = timedelta(seconds=20)
    service: Name | None = None
    item: Name | None = None
    needs: Annotated[tuple[Name, ...], BeforeValidator(_several)] = ()
    runbook: Name | None = None
    resolve: ResolveModel = ResolveModel()
    flap: FlapModel = FlapModel()
    unknown: UnknownModel = UnknownModel()
    tags: dict[Name, Annotated[Text, BeforeValidator(_word)]] = Field(default_factory=dict)
    location: Name | None = None


class EntryModel(DefaultsModel):
    """One monitor, without the key that names its kind."""

    title: Text | None = None
    symptom: Text | None = None
    expect: Annotated[tuple[Any, ...], BeforeValidator(_lines)] = ()


def merged(entry: EntryModel, defaults: DefaultsModel) -> EntryModel:
    """The entry, with the file's defaults for what it does not say itself; tags are joined."""
    inherited = {name: getattr(defaults, name) for name in defaults.model_fields_set - entry.model_fields_set}
    if entry.tags and defaults.tags:
        inherited["tags"] = defaults.tags | entry.tags
    return entry.model_copy(update=inherited)
