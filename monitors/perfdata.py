"""What a Nagios plugin prints: text, long text and performance figures, by the grammar of the plugin guidelines.

    TEXT | figures          'label'=value[unit];[warn];[crit];[min];[max]  …
    LONG TEXT
    LONG TEXT | figures
    figures

Figures are read strictly: one that breaks the grammar is left out and named with its place. Times become seconds and
sizes bytes, so that conditions can compare them to literals with units; `m` is minutes, `k M G` count in thousands and
`Ki Mi Gi` in 1024s, as Icinga 2 reads them. Thresholds may be ranges.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from monitors import ranges
from monitors.errors import TextInvalid
from monitors.literals import PLAIN
from monitors.ranges import Range

SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
SI = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
BINARY = {f"{prefix}i": 1024.0**power for power, prefix in enumerate("KMGTPE", 1)}
BYTES = {f"{prefix}B": factor for prefix, factor in (SI | BINARY).items()}
_UNIT = re.compile(r"%|[A-Za-zµΩ°][A-Za-z0-9µΩ°/²³-]*")
_PIPE = re.compile(r"(?<!\\)\|")
_PIECE = re.compile(
    r"""'(?P<quoted>(?:[^']|'')+)'=(?P<quoted_body>\S*)
    |(?P<plain>[^\s'=]\S*)=(?P<plain_body>\S*)  # the last '=' divides
    |\S+""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One performance figure. `value` is None for `U`, which the plugin could not measure.

    `unit` is s, B, %, c (a counter), '' or whatever else the plugin wrote; the limits are in the same unit.
    """

    label: str
    value: float | None
    unit: str = ""
    warn: Range | None = None
    crit: Range | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a plugin said. `faults` names the figures that could not be read, each with its place."""

    text: str
    long_text: str
    figures: tuple[Figure, ...]
    faults: tuple[str, ...] = ()

    @property
    def perf(self) -> Mapping[str, float | None]:
        """The figures by label, as conditions speak of them; of a label said twice the last counts."""
        return {figure.label: figure.value for figure in self.figures}


def read_output(said: str) -> Output:
    """The parts of a plugin's output. Figures that break the grammar do not spoil the others."""
    first, _, rest = said.partition("\n")
    text, perf = _split(first)
    long_text, more = _split(rest)
    figures: list[Figure] = []
    faults: list[str] = []
    for part in (perf, more):
        for found in _read_all(part):
            if isinstance(found, Figure):
                figures.append(found)
            else:
                faults.append(f"performance figures, character {found.column}: {found.message}")
    return Output(text=text.strip(), long_text=long_text.strip(), figures=tuple(figures), faults=tuple(faults))


def parse(text: str) -> tuple[Figure, ...]:
    """The figures that `text` spells. Raises TextInvalid at the first that breaks the grammar."""
    figures: list[Figure] = []
    for found in _read_all(text):
        if isinstance(found, TextInvalid):
            raise found
        figures.append(found)
    return tuple(figures)


def _split(section: str) -> tuple[str, str]:
    r"""Text and figures, at the first `|` that is not written `\|`."""
    found = _PIPE.search(section)
    text, perf = (section, "") if found is None else (section[: found.start()], section[found.end() :])
    return text.replace("\\|", "|"), perf


def _read_all(text: str) -> Iterator[Figure | TextInvalid]:
    """Every figure or what is wrong with it. A label `a::b` gives the labels after it the prefix `a::`."""
    prefix = ""
    for piece in _PIECE.finditer(text):
        label = piece["plain"] or (piece["quoted"] or "").replace("''", "'")
        if not label:
            yield TextInvalid(f"'{piece.group()}' is not written label=value", piece.start() + 1)
            continue
        group, colons, _ = label.rpartition("::")
        full = label if colons or not prefix else f"{prefix}::{label}"
        prefix = group if colons else prefix
        body = "quoted_body" if piece["quoted"] else "plain_body"
        try:
            yield _read(full, piece[body], piece.start(body))
        except TextInvalid as error:
            yield error


def _read(label: str, body: str, at: int) -> Figure:
    value_text, *limits = body.split(";")
    if [limit for limit in limits[4:] if limit]:
        message = f"'{label}' has more than warn, crit, min and max behind its value"
        raise TextInvalid(message, at + 1)
    value, unit, factor = _measure(label, value_text, at)
    warn, crit, minimum, maximum = (*limits[:4], "", "", "", "")[:4]
    return Figure(
        label=label,
        value=value,
        unit=unit,
        warn=_range(label, warn, factor, at),
        crit=_range(label, crit, factor, at),
        minimum=_bound(label, minimum, factor, at),
        maximum=_bound(label, maximum, factor, at),
    )


def _measure(label: str, text: str, at: int) -> tuple[float | None, str, float]:
    """Value in its base unit, that unit, and the factor to it."""
    if text == "U":
        return None, "", 1.0
    found = PLAIN.match(text)
    if found is None:
        message = f"'{label}' has the value '{text}', which is not a number with a point, nor U"
        raise TextInvalid(message, at + 1)
    written = text[found.end() :]
    if written and not _UNIT.fullmatch(written):
        message = f"'{label}' has the value '{text}': '{written}' is not a unit"
        raise TextInvalid(message, at + found.end() + 1)
    unit, factor = _base(written)
    return _finite(label, found.group(), at) * factor, unit, factor


def _finite(label: str, text: str, at: int) -> float:
    value = float(text)
    if math.isinf(value):
        message = f"'{label}' has the value '{text}', which is larger than any number here"
        raise TextInvalid(message, at + 1)
    return value


def _base(unit: str) -> tuple[str, float]:
    for base, factors in (("s", SECONDS), ("B", BYTES)):
        if unit in factors:
            return base, factors[unit]
    return unit, 1.0


def _range(label: str, text: str, factor: float, at: int) -> Range | None:
    if not text or text == "U":
        return None
    try:
        found = ranges.parse(text)
    except TextInvalid as error:
        message = f"'{label}' has the limit '{text}': {error.message}"
        raise TextInvalid(message, at + 1) from error
    return replace(found, start=found.start * factor, end=found.end * factor)


def _bound(label: str, text: str, factor: float, at: int) -> float | None:
    if not text or text == "U":
        return None
    if not PLAIN.fullmatch(text):
        message = f"'{label}' has the bound '{text}', which is not a number"
        raise TextInvalid(message, at + 1)
    return _finite(label, text, at) * factor
