"""Thirty days of past for the demo, written once, through the functions that write the present."""

from datetime import datetime

import structlog

from console.demo import past_results
from console.demo.layout import is_watched
from console.demo.past_plan import SAYS, past_until
from console.demo.past_stage import Stage
from console.demo.past_tickets import tell_all
from loop.definitions import Definitions, load
from monitors.storage import numbers
from monitors.storage.compaction import compact
from ticketing import demonstration
from ticketing.desk import Desk
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.settings import Settings

log = structlog.get_logger(__name__)


def remember_past(settings: Settings, database: Database, clock: Clock) -> None:
    """Write the demo's past where the demo is to be watched and nothing of it is known yet."""
    if not is_watched(settings) or settings.definitions is None:
        return
    with database.reading() as session:
        if demonstration.has_tickets(session, SAYS):
            return
    began_s = clock.monotonic_s()
    write_past(database, load(settings.definitions), clock.now())
    log.info("the demo's past is written", took_s=round(clock.monotonic_s() - began_s, 1))


def write_past(database: Database, definitions: Definitions, now: datetime) -> None:
    """Results, spans and tickets up to `now`. They are told to no connector: nobody is to be called about the past."""
    pasts = past_until(now)
    with database.writing() as session:
        demo = {name: definitions.monitors[name] for name in SAYS}
        known = numbers.assign(session, demo)
        past_results.write_results(session, pasts, known, now)
        past_results.write_spans(session, pasts, now)
        past_results.write_states(session, pasts, now)
        stage = Stage(
            session=session,
            definitions=definitions,
            desk=Desk(catalogue=definitions.catalogue, calendars=definitions.calendars),
        )
        demonstration.tell_nobody(session, tell_all(stage, pasts, now), now)
    is_more = True
    while is_more:
        with database.writing() as session:
            is_more = compact(session, now)
