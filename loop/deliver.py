"""Delivering: what was written to the outbox reaches people and other desks, each connector at its own pace."""

import random
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import Any

import structlog
from sqlalchemy.orm import Session

from loop.library import Library
from runbooks.queries import remediations_of
from ticketing import delivery, outbox, queries, rendering
from ticketing.connectors.connector import Connector, DeliveryFailed, News, Receipt
from ticketing.delivery import Claim, LeaseLost, Random
from ticketing.description import describe
from watchdesk.calendars import ALWAYS
from watchdesk.clock import Clock
from watchdesk.database import Database

TURN_EVERY_S = 0.5
A_TURN = 50
PATIENCE = 3  # failures in a row after which a connector rests until the next turn
log = structlog.get_logger(__name__)


def unguarded(_session: Session) -> None:
    """The guard of a delivery that no lease of duty stands behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a sender needs. `worker` is unique among all senders that live, `url` the console's address; `guard` raises
    when the duty is lost."""

    database: Database
    clock: Clock
    library: Library
    connectors: Mapping[str, Connector]
    worker: str
    url: str | None = None
    guard: Callable[[Session], None] = unguarded
    random: Random = random.random


class Deliver:
    """The role: each connector sends in a thread of its own, so that one that hangs holds up no other."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._pool = ThreadPoolExecutor(max(len(post.connectors), 1), thread_name_prefix="deliver")
        self._running: dict[str, Future[int]] = {}
        self._closing = Event()

    def turn(self) -> float:
        """Spread what is new, and start every connector that rests; the seconds until the next turn is wanted."""
        spread(self._post)
        for name in self._post.connectors:
            running = self._running.get(name)
            if running is None or running.done():
                if running is not None:
                    running.result()
                self._running[name] = self._pool.submit(send_waiting, self._post, name, self._closing)
        return TURN_EVERY_S

    def close(self) -> None:
        """Let what is on its way arrive; what is left waits for the relief."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


def spread(post: Post) -> int:
    """Make deliveries of the messages that wait; how many messages there were."""
    with post.database.reading() as session:
        if not outbox.has_unspread(session):
            return 0
    with post.database.writing() as session:
        post.guard(session)
        return outbox.spread(session, post.connectors, post.clock.now())


def send_waiting(post: Post, connector: str, closing: Event | None = None) -> int:
    """Send what may go out through a connector now, at most a turn's worth; how many were delivered.

    Nothing more is begun once `closing` is set.
    """
    delivered = failures = 0
    while delivered < A_TURN and failures < PATIENCE:
        claimed = None if closing is not None and closing.is_set() else _claim(post, connector)
        if claimed is None:
            break
        if send(post, claimed):
            delivered, failures = delivered + 1, 0
        else:
            failures += 1
    return delivered


def send(post: Post, claimed: Claim) -> bool:
    """Send one claimed message and record what became of it; whether it arrived."""
    try:
        receipt = _send(post, claimed)
        with post.database.writing() as session:
            delivery.sent(session, claimed, receipt, post.clock.now())
    except LeaseLost as error:
        log.warning("delivery taken over", key=claimed.key, reason=str(error))
        return False
    except DeliveryFailed as failure:
        _record(post, claimed, failure)
        return False
    except Exception as error:  # noqa: BLE001  one delivery: it is given up visibly, the others go on
        _record(post, claimed, DeliveryFailed(f"{type(error).__name__}: {error}", retry_may_help=True))
        return False
    log.info("delivered", key=claimed.key, connector=claimed.connector, op=claimed.op.value)
    return True


def _send(post: Post, claimed: Claim) -> Receipt:
    connector = post.connectors[claimed.connector]
    payload = claimed.payload
    if payload is None:
        payload = connector.compose(_news(post, claimed))
        with post.database.writing() as session:
            delivery.fix(session, claimed, payload)
    remote_id = claimed.remote_id or _adopted(post, claimed, connector)
    parcel = claimed.parcel(payload, remote_id)
    return connector.read_back(parcel, connector.send(parcel))


def _adopted(post: Post, claimed: Claim, connector: Connector) -> str | None:
    """What the other side calls the ticket already, from an attempt whose end we did not live to record."""
    remote_id = connector.find(claimed.ticket_id)
    if remote_id is not None:
        with post.database.writing() as session:
            delivery.refer(session, claimed, Receipt(remote_id=remote_id), post.clock.now())
    return remote_id


def _news(post: Post, claimed: Claim) -> News:
    catalogue, calendars = post.library.current().catalogue, post.library.current().calendars
    with post.database.reading() as session:
        detail = queries.show_by_id(session, claimed.ticket_id, post.clock.now())
        service = catalogue.services.get(detail.ticket.service or "")
        calendar = calendars.calendars.get(service.hours, ALWAYS) if service else ALWAYS
        around = rendering.surroundings(session, detail, calendar.tz, post.url)
        around = rendering.with_remediations(around, remediations_of(session, claimed.ticket_id))
    return rendering.news(describe(detail, catalogue, around), claimed, detail.timeline)


def _claim(post: Post, connector: str) -> Claim | None:
    now = post.clock.now()
    with post.database.reading() as session:
        if not delivery.has_waiting(session, connector, now):
            return None
    lease = post.connectors[connector].time_limit * 3 + timedelta(seconds=30)
    with post.database.writing() as session:
        post.guard(session)
        return delivery.claim(session, connector, post.worker, now, lease)


def _record(post: Post, claimed: Claim, failure: DeliveryFailed) -> None:
    facts: dict[str, Any] = {"key": claimed.key, "connector": claimed.connector, "reason": str(failure)}
    try:
        with post.database.writing() as session:
            state = delivery.failed(session, claimed, failure, post.clock.now(), post.random)
    except LeaseLost as error:
        log.warning("delivery taken over", key=claimed.key, reason=str(error))
        return
    if state is outbox.DeliveryState.DEAD:
        log.error("delivery given up", **facts)
    else:
        log.warning("not delivered", attempts=claimed.attempts, **facts)
