"""Between monitors and runbooks: whoever names the other is checked, and told where the name stands."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitors.monitor import Monitor
from runbooks.model import Runbook
from watchdesk.catalogue import Place
from watchdesk.definitions.documents import Document, Location, read_documents
from watchdesk.definitions.faults import Faults
from watchdesk.definitions.models import at
from watchdesk.spelling import did_you_mean

MONITORS, RUNBOOKS = "monitors", "runbooks"
CHECK, OUTRIGHT, LOOKS = "check", ("runbook", "match"), "looks at the monitor"
Text = tuple[Document, Location]  # a file, and where in it an entry begins


def check_references(
    root: Path, monitors: Mapping[str, Monitor], runbooks: Mapping[str, Runbook], faults: Faults
) -> None:
    """A monitor names its runbook and the runbook names the monitor, or it is a fault on the side that speaks.

    What is written but could not be read counts as defined: its own faults are told already.
    """
    wrong = [*_of_monitors(monitors, runbooks), *_of_runbooks(monitors, runbooks)]
    written = _written(root) if wrong or faults else {}
    for one in [*wrong, *_of_faulty(written, monitors, runbooks)]:
        if not (one.is_missing and one.other in written):
            faults.add(_place(one, written), one.message, one.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """The name of a monitor or of a runbook, apart from each other."""

    folder: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wrong:
    """A reference that does not hold: who names whom, where in the speaker's own text, and what to do.

    `is_missing` says that the other is not defined. `fallback` is the place of a speaker that stands in no YAML file.
    """

    speaker: _Name
    other: _Name
    location: Location
    message: str
    code: str
    fallback: Place
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class _Named:
    """A name as somebody speaks it: who, and where in their own text."""

    speaker: _Name
    location: Location
    name: str


def _of_monitors(monitors: Mapping[str, Monitor], runbooks: Mapping[str, Runbook]) -> Iterator[_Wrong]:
    for monitor in monitors.values():
        if monitor.runbook is None:
            continue
        speaker, runbook = _Name(folder=MONITORS, name=monitor.id), runbooks.get(monitor.runbook)
        if runbook is None:
            yield _undefined(_Named(speaker, ("runbook",), monitor.runbook), runbooks, monitor.place)
        elif monitor.id not in runbook.match.monitors:
            yield _Wrong(
                speaker=speaker,
                other=_Name(folder=RUNBOOKS, name=runbook.id),
                location=("runbook",),
                message=f"monitor '{monitor.id}' names the runbook '{runbook.id}', whose match does not name the "
                f"monitor; add it to match.monitors in {runbook.place.file}",
                code="D021",
                fallback=monitor.place,
            )


def _of_runbooks(monitors: Mapping[str, Monitor], runbooks: Mapping[str, Runbook]) -> Iterator[_Wrong]:
    for runbook in runbooks.values():
        speaker = _Name(folder=RUNBOOKS, name=runbook.id)
        for location, name in _looked_at(runbook):
            monitor = monitors.get(name)
            if monitor is None:
                yield _undefined(_Named(speaker, location, name), monitors, runbook.place)
            elif location[0] == "match" and monitor.runbook != runbook.id:
                yield _Wrong(
                    speaker=speaker,
                    other=_Name(folder=MONITORS, name=name),
                    location=location,
                    message=f"runbook '{runbook.id}' matches the monitor '{name}', which does not name it; "
                    f"write 'runbook: {runbook.id}' there ({monitor.place})",
                    code="D023",
                    fallback=runbook.place,
                )


def _looked_at(runbook: Runbook) -> Iterator[tuple[Location, str]]:
    """The monitors that a runbook names, in its match and in its steps, and where."""
    for index, name in enumerate(runbook.match.monitors):
        yield ("match", "monitors", index), name
    for key, steps in (("steps", runbook.steps), ("rollback", runbook.rollback)):
        for index, step in enumerate(steps):
            name = str(step.body.get("monitor", ""))
            if step.kind == CHECK and "${" not in name:
                yield (key, index, CHECK, "monitor"), name


def _of_faulty(
    written: Mapping[_Name, Text], monitors: Mapping[str, Monitor], runbooks: Mapping[str, Runbook]
) -> Iterator[_Wrong]:
    """What entries name that are faulty elsewhere, so that every fault is told at once."""
    for speaker, text in written.items():
        own, others = (monitors, runbooks) if speaker.folder == MONITORS else (runbooks, monitors)
        if speaker.name in own:
            continue
        for named in _named_by(speaker, text):
            if named.name not in others:
                yield _undefined(named, others, text[0].place(text[1]))


def _named_by(speaker: _Name, text: Text) -> Iterator[_Named]:
    document, begin = text
    if speaker.folder == MONITORS:
        given: list[tuple[Location, Any]] = [(("runbook",), at(document, (*begin, "runbook")))]
    else:
        listed = at(document, ("match", "monitors"))
        known = enumerate(listed if isinstance(listed, list) else ())
        given = [(("match", "monitors", index), name) for index, name in known]
    return (_Named(speaker, location, name) for location, name in given if isinstance(name, str))


def _undefined(named: _Named, known: Iterable[str], fallback: Place) -> _Wrong:
    speaker, location, name = named.speaker, named.location, named.name
    is_monitor = speaker.folder == MONITORS
    verb = "names the runbook" if is_monitor else "matches the monitor"
    said = f"{'monitor' if is_monitor else 'runbook'} '{speaker.name}' {verb if location[0] in OUTRIGHT else LOOKS}"
    return _Wrong(
        speaker=speaker,
        other=_Name(folder=RUNBOOKS if is_monitor else MONITORS, name=name),
        location=location,
        message=f"{said} '{name}', which is not defined{did_you_mean(name, known)}",
        code="D020" if is_monitor else "D022",
        fallback=fallback,
        is_missing=True,
    )


def _written(root: Path) -> dict[_Name, Text]:
    """Where each monitor and runbook stands in the YAML files, whatever is wrong with it."""
    heard = Faults()  # told before
    found: dict[_Name, Text] = {}
    for document in read_documents(root, MONITORS, heard):
        entries = document.content.get(MONITORS) if isinstance(document.content, dict) else None
        for name in entries if isinstance(entries, dict) else ():
            found.setdefault(_Name(folder=MONITORS, name=name), (document, (MONITORS, name)))
    for document in read_documents(root, RUNBOOKS, heard):
        if isinstance(document.content, dict) and isinstance(document.content.get("id"), str):
            found.setdefault(_Name(folder=RUNBOOKS, name=document.content["id"]), (document, ()))
    return found


def _place(wrong: _Wrong, written: Mapping[_Name, Text]) -> Place:
    """Where the name stands: in the speaker's own text, or in the defaults of its file."""
    if wrong.speaker not in written:
        return wrong.fallback
    document, begin = written[wrong.speaker]
    own = (*begin, *wrong.location)
    inherited: Location = ("defaults", *wrong.location)
    is_inherited = wrong.speaker.folder == MONITORS and own not in document.values and inherited in document.values
    return document.place(inherited if is_inherited else own)
