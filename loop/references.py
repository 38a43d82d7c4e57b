"""Between monitors and runbooks: whoever names the other is checked, and told where the name stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitors.monitor import Monitor
from runbooks.model import Runbook
from watchdesk.catalogue import Place
from watchdesk.definitions.documents import Document, Location, read_documents
from watchdesk.definitions.faults import Faults
from watchdesk.spelling import did_you_mean

MONITORS, RUNBOOKS = "monitors", "runbooks"
CHECK = "check"


def check_references(
    root: Path, monitors: Mapping[str, Monitor], runbooks: Mapping[str, Runbook], faults: Faults
) -> None:
    """A monitor names its runbook and the runbook names the monitor, or it is a fault on the side that speaks.

    What is written but could not be read counts as defined: its own faults are told already.
    """
    wrong = [*_of_monitors(monitors, runbooks), *_of_runbooks(monitors, runbooks)]
    written = _written(root) if wrong else {}
    for one in wrong:
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
    is_missing: bool


def _of_monitors(monitors: Mapping[str, Monitor], runbooks: Mapping[str, Runbook]) -> Iterator[_Wrong]:
    for monitor in monitors.values():
        if monitor.runbook is None:
            continue
        runbook = runbooks.get(monitor.runbook)
        if runbook is not None and monitor.id in runbook.match.monitors:
            continue
        said = f"monitor '{monitor.id}' names the runbook '{monitor.runbook}', "
        if runbook is None:
            said += f"which is not defined{did_you_mean(monitor.runbook, runbooks)}"
        else:
            said += (
                f"whose match does not name the monitor; add it to match.monitors in {runbook.place.file}, "
                "or take the runbook away here"
            )
        yield _Wrong(
            speaker=_Name(folder=MONITORS, name=monitor.id),
            other=_Name(folder=RUNBOOKS, name=monitor.runbook),
            location=("runbook",),
            message=said,
            code="D020" if runbook is None else "D021",
            fallback=monitor.place,
            is_missing=runbook is None,
        )


def _of_runbooks(monitors: Mapping[str, Monitor], runbooks: Mapping[str, Runbook]) -> Iterator[_Wrong]:
    for runbook in runbooks.values():
        for index, name in enumerate(runbook.match.monitors):
            found = monitors.get(name)
            if found is None:
                yield _unknown(runbook, name, ("match", "monitors", index), monitors)
            elif found.runbook != runbook.id:
                yield _unanswered(runbook, found, index)
        for key, steps in (("steps", runbook.steps), ("rollback", runbook.rollback)):
            for index, step in enumerate(steps):
                name = str(step.body.get("monitor", ""))
                if step.kind == CHECK and "${" not in name and name not in monitors:
                    yield _unknown(runbook, name, (key, index, CHECK, "monitor"), monitors)


def _unknown(runbook: Runbook, name: str, location: Location, monitors: Mapping[str, Monitor]) -> _Wrong:
    verb = "matches" if location[0] == "match" else "looks at"
    return _Wrong(
        speaker=_Name(folder=RUNBOOKS, name=runbook.id),
        other=_Name(folder=MONITORS, name=name),
        location=location,
        message=f"runbook '{runbook.id}' {verb} the monitor '{name}', which is not defined"
        f"{did_you_mean(name, monitors)}",
        code="D022",
        fallback=runbook.place,
        is_missing=True,
    )


def _unanswered(runbook: Runbook, monitor: Monitor, index: int) -> _Wrong:
    return _Wrong(
        speaker=_Name(folder=RUNBOOKS, name=runbook.id),
        other=_Name(folder=MONITORS, name=monitor.id),
        location=("match", "monitors", index),
        message=f"runbook '{runbook.id}' matches the monitor '{monitor.id}', which does not name it; "
        f"write 'runbook: {runbook.id}' there ({monitor.place})",
        code="D023",
        fallback=runbook.place,
        is_missing=False,
    )


def _written(root: Path) -> dict[_Name, tuple[Document, Location]]:
    """Where each monitor and runbook stands in the YAML files, whatever is wrong with it."""
    heard = Faults()  # told before
    found: dict[_Name, tuple[Document, Location]] = {}
    for document in read_documents(root, MONITORS, heard):
        entries = document.content.get(MONITORS) if isinstance(document.content, dict) else None
        for name in entries if isinstance(entries, dict) else ():
            found.setdefault(_Name(folder=MONITORS, name=name), (document, (MONITORS, name)))
    for document in read_documents(root, RUNBOOKS, heard):
        if isinstance(document.content, dict) and isinstance(document.content.get("id"), str):
            found.setdefault(_Name(folder=RUNBOOKS, name=document.content["id"]), (document, ()))
    return found


def _place(wrong: _Wrong, written: Mapping[_Name, tuple[Document, Location]]) -> Place:
    """Where the name stands: in the speaker's own text, or in the defaults of its file."""
    if wrong.speaker not in written:
        return wrong.fallback
    document, begin = written[wrong.speaker]
    own = (*begin, *wrong.location)
    inherited: Location = ("defaults", *wrong.location)
    is_inherited = wrong.speaker.folder == MONITORS and own not in document.values and inherited in document.values
    return document.place(inherited if is_inherited else own)
