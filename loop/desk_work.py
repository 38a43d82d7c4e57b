"""What a person does with tickets: each act is one transaction, the same from the command line and over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from loop.definitions import Definitions
from ticketing import merging, people, staleness
from ticketing.people import Hold, Resolution
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.errors import Refused
from watchdesk.spelling import did_you_mean

GROUP = "group:"
DRAFT_LASTS = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class DeskWorker:
    """A person at the desk. Every act raises TicketNotFound for a wrong number and Refused with the reason.

    `seen` is the newest entry of the timeline that they had before their eyes; when it is given, what decides a
    ticket's fate raises TicketChanged after something of weight has happened since. Notes are always taken.
    """

    database: Database
    clock: Clock
    who: str
    seen: int | None = None

    def acknowledge(self, number: str, note: str = "") -> None:
        """Say that a person has it; with a note, written in the same transaction."""
        with self._deciding(number) as session:
            people.acknowledge(session, number, who=self.who, now=self._now)
            if note.strip():
                people.note(session, number, note, who=self.who, now=self._now)

    def assign(self, number: str, to: str | None, definitions: Definitions) -> None:
        """Give it to a person, with `group:NAME` to a group, with None to nobody."""
        with self._deciding(number) as session:
            if to is not None and to.startswith(GROUP):
                group = known_group(definitions, to.removeprefix(GROUP))
                people.assign_group(session, number, group, who=self.who, now=self._now)
            else:
                people.assign(session, number, to, who=self.who, now=self._now)

    def note(self, number: str, text: str) -> None:
        with self.database.writing() as session:
            people.note(session, number, text, who=self.who, now=self._now)

    def resolve(self, number: str, resolution: Resolution) -> None:
        with self._deciding(number) as session:
            people.resolve(session, number, resolution, who=self.who, now=self._now)

    def reopen(self, number: str, why: str) -> None:
        with self._deciding(number) as session:
            people.reopen(session, number, why, who=self.who, now=self._now)

    def hold(self, number: str, waiting: Hold) -> None:
        with self._deciding(number) as session:
            people.hold(session, number, waiting, who=self.who, now=self._now)

    def release(self, number: str) -> None:
        """Hand it back to the machine."""
        with self._deciding(number) as session:
            people.release(session, number, who=self.who, now=self._now)

    def cancel(self, number: str, resolution: Resolution) -> None:
        with self._deciding(number) as session:
            people.cancel(session, number, resolution, who=self.who, now=self._now)

    def merge(self, number: str, into: str) -> None:
        """End it as the duplicate of another ticket, which takes over what it was about."""
        with self._deciding(number) as session:
            merging.merge(session, number, into, who=self.who, now=self._now)

    def draft(self, number: str) -> None:
        """Say that something is being written on the ticket's page, which holds the machine back for a while."""
        with self.database.writing() as session:
            people.draft(session, number, self._now + DRAFT_LASTS, who=self.who, now=self._now)

    @contextmanager
    def _deciding(self, number: str) -> Iterator[Session]:
        with self.database.writing() as session:
            if self.seen is not None:
                staleness.require_unchanged(session, number, self.seen, self.who)
            yield session

    @property
    def _now(self) -> datetime:
        return self.clock.now()


def known_group(definitions: Definitions, group: str) -> str:
    """A group that owns a service. Raises Refused for a name that no service knows: nobody would hear of it."""
    known = sorted({service.owner for service in definitions.catalogue.services.values()})
    if group not in known:
        message = f"no service is owned by a group '{group}'{did_you_mean(group, known)}; known are {', '.join(known)}"
        raise Refused(message)
    return group
