"""The present state of every monitor: loaded once by a watch, saved in bulk after every flush."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from json.encoder import encode_basestring_ascii as quoted
from operator import attrgetter
from struct import Struct
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from monitors.state import MonitorState
from monitors.storage.codes import CODES, HEALTHS
from monitors.storage.portions import portions
from monitors.storage.text import storable
from monitors.tables import MonitorStateRow
from watchdesk.health import Health, StateType

COLUMNS = ("monitor", "health", "state_type", "since", "last_at", "summary", "definition_version")
INSTANTS = ("last_latency_s", "problem_since", "unknown_since", "ok_since", "recovered_at", "held_since")
COUNTS = {
    "ok_streak": int, "attempt": int, "flap_bits": int, "flap_count": int, "flap_percent": float, "is_flapping": bool,
}  # fmt: skip
VERDICTS = ("hard_health", "flap_last")
COUNTERS = Struct(f"<{len(INSTANTS) + len(COUNTS) + len(VERDICTS)}d")  # only ever extended at its end
NONE = float("nan")
_UNKNOWN = COUNTERS.pack(*[NONE] * (len(INSTANTS) + len(COUNTS) + len(VERDICTS)))
_DEFAULTS = MonitorState(monitor="")
WORDS = tuple(f.name for f in fields(MonitorState) if f.name not in {*COLUMNS, *INSTANTS, *COUNTS, *VERDICTS})
_instants, _counts, _words = attrgetter(*INSTANTS), attrgetter(*COUNTS), attrgetter(*WORDS)
_NO_WORDS = _words(_DEFAULTS)

_NAMES = (*COLUMNS, "counters", "words")
_SET = ", ".join(f"{name} = excluded.{name}" for name in _NAMES[1:])
_INSERT = f"INSERT INTO monitor_state ({', '.join(_NAMES)})"
_CONFLICT = f"ON CONFLICT (monitor) DO UPDATE SET {_SET}"
SAVE_SQLITE = f"{_INSERT} VALUES ({', '.join('?' * len(_NAMES))}) {_CONFLICT}"
_TYPES = ("text", "text", "text", "float8", "float8", "text", "text", "bytea", "text")
_ARRAYS = ", ".join(f"%s::{kind}[]" for kind in _TYPES)
SAVE_POSTGRES = f"{_INSERT} SELECT * FROM unnest({_ARRAYS}) {_CONFLICT}"  # noqa: S608  names of our own columns


def save(session: Session, states: Iterable[MonitorState]) -> None:
    """Keep these states in one statement; of two for one monitor the later one in the sequence.

    Past the ORM and past compiled statements, as a watch does this for every check. The rows are in order of the
    monitor, so that two writers on PostgreSQL cannot wait for one another.
    """
    newest = {state.monitor: state for state in states}
    rows = [_row(newest[name]) for name in sorted(newest)]
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(SAVE_SQLITE, rows)
    else:
        connection.exec_driver_sql(SAVE_POSTGRES, tuple(list(column) for column in zip(*rows, strict=True)))


def load(session: Session, monitors: Iterable[str] | None = None) -> dict[str, MonitorState]:
    """The saved states of all monitors, or of some, exactly as they were saved.

    What a newer version saved beyond what this one knows is left out.
    """
    if monitors is None:
        return _read(session, _wanted())
    found: dict[str, MonitorState] = {}
    for names in portions(monitors):
        found |= _read(session, _wanted().where(MonitorStateRow.monitor.in_(names)))
    return found


def _wanted() -> Select[Any]:
    return select(*(getattr(MonitorStateRow, name) for name in _NAMES))


def _read(session: Session, wanted: Select[Any]) -> dict[str, MonitorState]:
    return {row[0]: _state(row) for row in session.execute(wanted).tuples()}


def _row(state: MonitorState) -> tuple[Any, ...]:
    """Plain values only: sqlite3 asks every subclass of str, an enum too, whether it wants to adapt itself."""
    flap_last = state.flap_last
    counters = COUNTERS.pack(
        *[NONE if instant is None else instant for instant in _instants(state)],
        *_counts(state),
        CODES[state.hard_health._value_],
        NONE if flap_last is None else CODES[flap_last._value_],
    )
    words = None if _words(state) == _NO_WORDS else _words_of(state)
    health, state_type = state.health._value_, state.state_type._value_
    summary = storable(state.summary)
    return (
        state.monitor, health, state_type, state.since, state.last_at, summary, state.definition_version,
        counters, words,
    )  # fmt: skip


def _words_of(state: MonitorState) -> str:
    """JSON of the words that are not at their default; measured values alone, the common case, without detours."""
    is_usual = not (state.told or state.changed_at or state.memory)
    if is_usual and WORDS == ("told", "changed_at", "memory", "measured"):
        pairs = ",".join([f"{quoted(name)}:{quoted(text)}" for name, text in state.measured.items()])
        return f'{{"measured":{{{pairs}}}}}'
    words = zip(WORDS, _words(state), _NO_WORDS, strict=True)
    return json.dumps({name: _plain(word) for name, word, default in words if word != default})


def _plain(word: Any) -> Any:
    return dict(word) if isinstance(word, Mapping) else word


def _word(plain: Any) -> Any:
    return tuple(plain) if isinstance(plain, list) else plain


def _state(row: tuple[Any, ...]) -> MonitorState:
    monitor, health, state_type, since, last_at, summary, definition_version, counters, words = row
    known = json.loads(words) if words else {}
    return MonitorState(
        monitor=monitor,
        health=Health(health),
        state_type=StateType(state_type),
        since=since,
        last_at=last_at,
        summary=summary,
        definition_version=definition_version,
        **_counters(counters),
        **{name: _word(known[name]) for name in WORDS if name in known},
    )


def _counters(packed: bytes) -> dict[str, Any]:
    """What an older version saved is shorter; what it did not know stays at its default."""
    values = iter(COUNTERS.unpack(packed[: COUNTERS.size] + _UNKNOWN[len(packed) :]))
    known: dict[str, Any] = {}
    for name, value in zip(INSTANTS, values, strict=False):
        known[name] = None if value != value else value  # noqa: PLR0124  NaN is None
    for (name, kind), value in zip(COUNTS.items(), values, strict=False):
        if value == value:  # noqa: PLR0124
            known[name] = kind(value)
    for name, value in zip(VERDICTS, values, strict=True):
        known[name] = None if value != value else HEALTHS[int(value)]  # noqa: PLR0124
    return known
