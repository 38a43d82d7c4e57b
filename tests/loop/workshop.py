"""A small world to repair in: one service, one monitor that looks at a real file, an open incident, a repairer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, text

from loop.repair import Repair, Surroundings, Trigger
from monitors.monitor import Monitor
from monitors.observation import Observation
from runbooks import queries
from runbooks.definition import read_runbook
from runbooks.model import Runbook
from runbooks.refusals import Refusal
from runbooks.tables import RemediationRow
from tests.clock import FrozenClock
from ticketing import incidents
from ticketing.desk import Desk
from ticketing.tables.ticket import Ticket
from ticketing.tables.timeline import TimelineEntry
from watchdesk.calendars import Calendars
from watchdesk.catalogue import Catalogue, Item, Place, Service, ServiceLevelAgreement
from watchdesk.database import Database
from watchdesk.definitions.documents import parse_document
from watchdesk.definitions.faults import Faults
from watchdesk.errors import NotFound
from watchdesk.health import Health
from watchdesk.signals import HealthSignal, RecoveryEvidence, Remediation, ResolvePolicy, Sample, SignalKind

HERE = Place(file="services/shop.yaml", line=1)
POLICY = ResolvePolicy(after=3, grace=timedelta(seconds=2), reopen_within=timedelta(0))


def service(name: str) -> Service:
    return Service(
        id=name,
        title=name,
        owner="payments",
        tier=1,
        depends_on=(),
        hours="always",
        slo=None,
        sla=ServiceLevelAgreement(respond=None, resolve=None),
        place=HERE,
    )


def item(name: str, service_name: str = "shop", domain: str | None = None, address: str | None = None) -> Item:
    return Item(id=name, service=service_name, kind="host", address=address, group="web", domain=domain, place=HERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defined:
    """The definitions in use, as far as repairs ask for them."""

    catalogue: Catalogue
    calendars: Calendars
    monitors: Mapping[str, Monitor] = field(default_factory=dict)
    runbooks: Mapping[str, Runbook] = field(default_factory=dict)
    root: Path = Path("/nonexistent")


class FileEyes:
    """Eyes of a monitor that is critical while its file says anything but `up`. Each look is a sample, and takes time.

    `until` may replace a look's verdict: it is asked with the number of the look.
    """

    def __init__(self, path: Path, clock: FrozenClock, every_s: float = 0.5) -> None:
        self.path, self._clock, self._every_s = path, clock, every_s
        self.looks = 0
        self.hurried = 0
        self.forced: Health | None = None
        self.is_stale = False
        self.exists = True
        self._samples: list[Sample] = []

    def evidence(self, monitor: str) -> RecoveryEvidence:
        self.looks += 1
        if not self.is_stale:
            self._look()
        streak = self._streak()
        last = self._samples[-1] if self._samples else None
        return RecoveryEvidence(
            monitor=monitor,
            exists=self.exists,
            health=last.health if last else Health.UNKNOWN,
            ok_streak=len(streak),
            ok_since=streak[0].at if streak else None,
            last_sample_at=last.at if last else None,
            is_stale=self.is_stale,
            is_flapping=False,
            unknown_since=None,
            samples=tuple(self._samples[-5:]),
        )

    def hurry(self, monitor: str) -> None:  # noqa: ARG002
        self.hurried += 1

    def probe(self, monitor: str) -> Observation:
        now = self._clock.now().timestamp()
        health = self._health()
        error = "down" if health is Health.CRITICAL else None
        blind = "cannot look" if health is Health.UNKNOWN else None
        return Observation(monitor=monitor, at=now, ended=now, error=error, blind=blind)

    def _look(self) -> None:
        at = self._clock.advance(self._every_s)
        self._samples.append(Sample(at=at, health=self._health(), latency_s=None, summary=""))

    def _health(self) -> Health:
        if self.forced is not None:
            return self.forced
        is_up = self.path.exists() and self.path.read_text() == "up"
        return Health.OK if is_up else Health.CRITICAL

    def _streak(self) -> list[Sample]:
        streak: list[Sample] = []
        for sample in reversed(self._samples):
            if sample.health is not Health.OK:
                break
            streak.insert(0, sample)
        return streak


class Workshop:
    """Everything a test needs to break something and have it repaired."""

    def __init__(self, database: Database, clock: FrozenClock, folder: Path) -> None:
        self.database, self.clock, self.folder = database, clock, folder
        self.state = folder / "state"
        self.effects = folder / "effects"
        self.state.write_text("down")
        self.eyes = FileEyes(self.state, clock)
        self.defined = Defined(
            catalogue=Catalogue(services={"shop": service("shop")}), calendars=Calendars(calendars={}, windows=())
        )
        self.secrets: dict[str, str] = {}
        self.repair = self.worker("one")

    def worker(self, name: str) -> Repair:
        """A repairer; several of them are several processes to the journal as soon as a lease lapses."""
        surroundings = Surroundings(definitions=lambda: self.defined, secret=self._secret)
        repair = Repair(self.database, self.clock, name, self.eyes, surroundings)
        repair.pause = self._pause
        return repair

    def redefine(self, **changed: object) -> None:
        self.defined = replace(self.defined, **changed)  # type: ignore[arg-type]

    def runbook(self, steps: str, head: str = "", limits: str = "", **said: object) -> Runbook:
        """A runbook for the monitor shop-web, with steps in YAML flow or block form."""
        declared = limits or "{cooldown: 1s, attempts: {max: 3, per: incident}, concurrency: {max: 5}}"
        known = {"risk": 2, "trust": "automatic", "verify": "{recheck: origin, within: 10s, stable_for: 1s}"} | said
        source = f"""
apiVersion: watchdesk/v1
id: repair-shop
title: Repair the shop
owner: payments
risk: {known["risk"]}
trust: {{level: {known["trust"]}}}
match: {{monitors: [shop-web], health: [critical], max_age: 5m}}
limits: {declared}
verify: {known["verify"]}
{head}
steps:
{steps}
"""
        return read(source)

    def shell_free(self, code: str, effect: str = "repeatable", name: str = "restart", more: str = "") -> str:
        """A step that runs Python `code` with STATE and EFFECTS as its arguments 1 and 2."""
        script = self.folder / f"{name}.py"
        script.write_text(f"import sys, pathlib, os, time\nSTATE, EFFECTS = map(pathlib.Path, sys.argv[1:3])\n{code}\n")
        argv = f"[python3, {script}, {self.state}, {self.effects}]"
        return f"  - id: {name}\n    run: {{argv: {argv}, timeout: 10s}}\n    effect: {effect}\n{more}"

    @property
    def restart(self) -> str:
        """A step that repairs, and counts that it did."""
        return self.shell_free("EFFECTS.open('a').write('x'); STATE.write_text('up')")

    @property
    def futile(self) -> str:
        """A step that does something which does not help."""
        return self.shell_free("EFFECTS.open('a').write('x')")

    @property
    def done(self) -> int:
        """How often the effect was made."""
        return len(self.effects.read_text()) if self.effects.exists() else 0

    def incident(self, name: str = "1", **changed: object) -> Trigger:
        """An incident that is opened now, as the trigger of a runbook."""
        now = self.clock.now()
        monitor = str(changed.pop("monitor", "shop-web"))
        service_name = str(changed.pop("service", "shop"))
        found = changed.pop("item", None)
        signal = HealthSignal(
            event_id=f"event-{name}",
            kind=SignalKind.PROBLEM,
            monitor=monitor,
            service=service_name,
            item=None if found is None else str(found),
            fingerprint=f"monitor/{monitor}/{name}",
            title="Shop answers",
            health=Health.CRITICAL,
            observed_at=now,
            since=now,
            summary="it is down",
            resolve=POLICY,
            every=timedelta(seconds=1),
            runbook="repair-shop",
        )
        desk = Desk(catalogue=self.defined.catalogue, calendars=self.defined.calendars)
        with self.database.writing() as session:
            decision = incidents.take(session, signal, desk, now)
        assert decision.ticket_number is not None
        assert decision.ticket_id is not None
        trigger = Trigger(
            ticket_id=decision.ticket_id,
            ticket_number=decision.ticket_number,
            monitor=monitor,
            service=service_name,
            item=signal.item,
            health=Health.CRITICAL,
            since=now,
            observed_at=now,
            is_person_at_work=False,
        )
        return replace(trigger, **changed)  # type: ignore[arg-type]

    def again(self, trigger: Trigger) -> Trigger:
        """The same failure, seen now."""
        return replace(trigger, observed_at=self.clock.now())

    def heal(self, trigger: Trigger, runbook: Runbook) -> Remediation:
        """Consider and carry out; a refusal is a failure of the test."""
        remediation = self.repair.consider(trigger, runbook)
        assert remediation is not None, self.refusals(trigger)
        return self.repair.carry_out(remediation)

    def remediations(self, trigger: Trigger) -> tuple[Remediation, ...]:
        with self.database.reading() as session:
            return queries.remediations_of(session, trigger.ticket_id)

    def refusals(self, trigger: Trigger) -> tuple[Refusal, ...]:
        with self.database.reading() as session:
            return queries.refusals_of(session, trigger.ticket_id)

    def guards_that_refused(self, trigger: Trigger) -> list[str]:
        return [refusal.guard for refusal in self.refusals(trigger)]

    def ticket(self, trigger: Trigger) -> Ticket:
        with self.database.reading() as session:
            found = session.get(Ticket, trigger.ticket_id)
            assert found is not None
            return found

    def timeline(self, trigger: Trigger) -> list[str]:
        """The kinds of entries on the ticket's timeline, in order."""
        query = select(TimelineEntry.kind).where(TimelineEntry.ticket_id == trigger.ticket_id)
        with self.database.reading() as session:
            return list(session.scalars(query.order_by(TimelineEntry.seq)))

    def states(self) -> list[str]:
        with self.database.reading() as session:
            return list(session.scalars(select(RemediationRow.state).order_by(RemediationRow.created_at)))

    def spoil_definition(self, remediation: str) -> None:
        """As if an older version of this program had written it."""
        with self.database.writing() as session:
            row = session.get(RemediationRow, remediation)
            assert row is not None
            row.definition = '{"apiVersion": "watchdesk/v0"}'

    def everything_stored(self) -> str:
        """Every value of every table as one text."""
        with self.database.reading() as session:
            names = RemediationRow.metadata.tables
            rows = [str(tuple(row)) for name in names for row in session.execute(text(f'SELECT * FROM "{name}"'))]  # noqa: S608
        return "\n".join(rows)

    def _pause(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def _secret(self, name: str) -> str:
        if name not in self.secrets:
            message = f"no secret is called '{name}'"
            raise NotFound(message)
        return self.secrets[name]


def read(source: str) -> Runbook:
    """The runbook that a YAML text spells; a fault is a failure of the test."""
    faults = Faults()
    document = parse_document(source, "runbooks/x.yaml", faults)
    runbook = read_runbook(document, faults) if document else None
    assert runbook is not None, [str(fault) for fault in faults]
    return runbook


def faults_of(source: str) -> list[str]:
    """What is wrong with the runbook that a YAML text spells."""
    faults = Faults()
    document = parse_document(source, "runbooks/x.yaml", faults)
    if document is not None:
        read_runbook(document, faults)
    return [str(fault) for fault in faults]
