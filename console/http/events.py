"""`/events`: server-sent events that tell open pages when something changed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from console.http.desk import HttpDesk
from monitors.tables import MonitorPauseRow, SpanRow
from runbooks.tables import ProposalRow, RemediationRow, RemediationStepRow
from ticketing.tables.ticket import Ticket
from watchdesk.clock import to_epoch_ms
from watchdesk.errors import DatabaseUnavailable

LOOK_EVERY_S = 1.0
TICK_EVERY = 10  # looks after which pages are told to renew their ages though nothing changed


def signature(session: Session) -> tuple[Any, ...]:
    """A value that differs whenever tickets, states, pauses or remediations changed."""
    return (
        *session.execute(select(func.count(), func.sum(Ticket.version)).select_from(Ticket)).one(),
        session.execute(select(func.max(SpanRow.id))).scalar(),
        *session.execute(select(func.max(MonitorPauseRow.id), func.max(MonitorPauseRow.ended_at))).one(),
        session.execute(select(func.max(RemediationStepRow.done_at))).scalar(),
        session.execute(select(func.max(RemediationRow.ended_at))).scalar(),
        session.execute(select(func.max(ProposalRow.decided_at))).scalar(),
    )


@dataclass(slots=True)
class Bulletin:
    """The newest state of things, looked at once for all listeners."""

    desk: HttpDesk
    began: int
    number: int = 0
    seen: tuple[Any, ...] = ()
    looked_at: float = 0.0

    def id_of(self, number: int) -> str:
        """Tells apart the changes of this process from those that another one counted."""
        return f"{self.began}-{number}"

    def message(self, number: int) -> str:
        return f"id: {self.id_of(number)}\nevent: changed\ndata: {number}\n\n"

    def look(self) -> int:
        """The number of the newest change."""
        if self.desk.clock.monotonic_s() - self.looked_at >= LOOK_EVERY_S * 0.9:
            self.looked_at = self.desk.clock.monotonic_s()
            try:
                with self.desk.database.reading() as session:
                    found = signature(session)
            except DatabaseUnavailable:
                return self.number
            self.number += found != self.seen
            self.seen = found
        return self.number


def bulletin(desk: HttpDesk) -> Bulletin:
    return Bulletin(desk, to_epoch_ms(desk.clock.now()))


def mark_seen(request: Request) -> None:
    """Name what a page shows at least, before it reads: then nothing falls between the page and its stream."""
    found: Bulletin = request.app.state.bulletin
    request.state.seen = found.id_of(found.number)


async def events(request: Request) -> Response:
    """A stream of `changed` events; ends when the page is left.

    Whoever comes back says by `Last-Event-ID` what he heard last, and a page by `seen` what stood on it: what happened
    before the stream began is told at once, and not only with the next change.
    """
    stream = _stream(request, request.app.state.bulletin)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"cache-control": "no-store"})


async def _stream(request: Request, bulletin: Bulletin) -> AsyncIterator[str]:
    told = await run_in_threadpool(bulletin.look)
    heard = request.headers.get("last-event-id") or request.query_params.get("seen")
    missed = heard not in {None, bulletin.id_of(told)}
    yield "retry: 2000\n: connected\n\n" + (bulletin.message(told) if missed else "")
    looks = 0
    while not await request.is_disconnected():
        await asyncio.sleep(LOOK_EVERY_S)
        looks += 1
        newest = await run_in_threadpool(bulletin.look)
        if newest != told or looks % TICK_EVERY == 0:
            told = newest
            yield bulletin.message(newest)


ROUTES = [Route("/events", events)]
