"""Explanations name the decision on record and the nearest thing that would change it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from loop.definitions import Definitions, read
from loop.explain import Explanation, of_monitor, of_runbook, of_ticket
from monitors import pauses, queries
from monitors.pauses import Pause
from monitors.state import MonitorState
from monitors.storage import states
from runbooks import stops
from tests.console import scene
from ticketing import people
from ticketing.people import Resolution
from watchdesk import maintenance
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.errors import NotFound
from watchdesk.health import Health, StateType
from watchdesk.maintenance import Declaration

Explain = Callable[[Session, Definitions, str, datetime], Explanation]


@pytest.fixture
def now() -> datetime:
    return SystemClock().now()


@pytest.fixture
def shop(database: Database, tmp_path: Path, now: datetime) -> scene.Shop:
    return scene.furnish(database, scene.define(tmp_path), now)


@pytest.fixture
def definitions(shop: scene.Shop) -> Definitions:
    return read(shop.definitions)[0]


def answers(explanation: Explanation) -> dict[str, str]:
    return {reason.question: "\n".join(reason.lines) for reason in explanation.reasons}


def keep(shop: scene.Shop, **changed: Any) -> None:
    """Change what is known about shop-web."""
    with shop.database.writing() as session:
        state: MonitorState = queries.states(session, ["shop-web"])["shop-web"]
        states.save(session, [replace(state, **changed)])


def of_shop_web(shop: scene.Shop, definitions: Definitions, now: datetime) -> dict[str, str]:
    with shop.database.reading() as session:
        return answers(of_monitor(session, definitions, "shop-web", now))


def of_the_ticket(shop: scene.Shop, definitions: Definitions, now: datetime) -> dict[str, str]:
    with shop.database.reading() as session:
        return answers(of_ticket(session, definitions, shop.ticket, now))


def test_a_soft_problem_says_how_many_more_confirm_it(
    shop: scene.Shop, definitions: Definitions, now: datetime
) -> None:
    keep(shop, state_type=StateType.SOFT, attempt=1, hard_health=Health.OK)
    said = of_shop_web(shop, definitions, now)["Is it confirmed?"]
    assert "attempt 1 of 2, one every 500ms" in said
    assert "1 more of the same confirm it" in said


def test_flapping_is_told_with_its_percentage_and_thresholds(
    shop: scene.Shop, definitions: Definitions, now: datetime
) -> None:
    keep(shop, is_flapping=True, flap_percent=41.2)
    said = of_shop_web(shop, definitions, now)["Does it flap?"]
    assert said.startswith("yes: 41.2 %")
    assert "above 30 % and ends below 25 %" in said


def test_a_silent_watch_is_noticed(shop: scene.Shop, definitions: Definitions, now: datetime) -> None:
    said = of_shop_web(shop, definitions, now + timedelta(hours=1))["What was measured?"]
    assert "nobody looks at present" in said


def test_pauses_and_windows_are_named_with_their_reason(
    shop: scene.Shop, definitions: Definitions, now: datetime
) -> None:
    with shop.database.writing() as session:
        pauses.pause(session, Pause(monitor="shop-web", since=now, until=None, because="moving", who="ana"))
        window = Declaration(starts_at=now, ends_at=now + timedelta(hours=1), services=("shop",), reason="CHG-7")
        maintenance.add(session, window, "ana", now)
    said = of_shop_web(shop, definitions, now)["Is it quiet on purpose?"]
    assert "paused by ana until it is resumed: moving" in said
    assert "CHG-7" in said


def test_a_child_names_its_failed_parent(shop: scene.Shop, definitions: Definitions, now: datetime) -> None:
    with shop.database.reading() as session:
        said = answers(of_monitor(session, definitions, "own-port", now))["What does it depend on?"]
    assert "shop-web is critical (hard)" in said
    assert "attached to that incident" in said


def test_a_monitor_never_seen_is_unknown_and_says_so(shop: scene.Shop, definitions: Definitions, now: datetime) -> None:
    with shop.database.reading() as session:
        assert of_monitor(session, definitions, "nightly", now).answer == "nothing was seen yet, so it is unknown"


def test_a_failing_ticket_is_open_because_its_monitor_fails(
    shop: scene.Shop, definitions: Definitions, now: datetime
) -> None:
    said = of_the_ticket(shop, definitions, now)
    assert said["Why is it not resolved yet?"].startswith("failing:")
    assert "3 good samples in a row over 2s" in said["Why is it not resolved yet?"]
    assert "tier 1" in said["Why this priority?"]
    assert "payments" in said["Who has it?"]
    assert "decided 'opened'" in said["Why was it opened?"]
    assert "restart-shop has not run yet" in said["What was tried?"]


def test_a_recovering_ticket_says_when_it_will_be_resolved(
    shop: scene.Shop, definitions: Definitions, now: datetime
) -> None:
    good_since = now.timestamp() + 5
    keep(shop, health=Health.OK, hard_health=Health.OK, ok_streak=2, ok_since=good_since, last_at=good_since + 1)
    later = now + timedelta(seconds=6.5)
    said = of_the_ticket(shop, definitions, later)["Why is it not resolved yet?"]
    assert said.startswith("grace:")
    due = datetime.fromtimestamp(good_since + 2, tz=now.tzinfo)
    assert f"about {due:%H:%M:%S} UTC" in said


def test_a_ticket_held_by_a_person_names_the_person(shop: scene.Shop, definitions: Definitions, now: datetime) -> None:
    good_since = now.timestamp() + 5
    keep(shop, health=Health.OK, hard_health=Health.OK, ok_streak=9, ok_since=good_since, last_at=good_since + 8)
    with shop.database.writing() as session:
        people.acknowledge(session, shop.ticket, who="ana", now=now)
    said = of_the_ticket(shop, definitions, now + timedelta(seconds=14))
    assert "ana acknowledged it" in said["Why is it not resolved yet?"]
    assert "tickets release" in said["Why is it not resolved yet?"]


def test_a_resolved_ticket_says_why_it_is_over(shop: scene.Shop, definitions: Definitions, now: datetime) -> None:
    with shop.database.writing() as session:
        people.resolve(session, shop.ticket, Resolution(note="replaced the cable"), who="ana", now=now)
    said = of_the_ticket(shop, definitions, now)["Why is it over?"]
    assert "replaced the cable" in said


def test_a_runbook_says_which_guard_holds_it_back(shop: scene.Shop, definitions: Definitions, now: datetime) -> None:
    with shop.database.reading() as session:
        found = of_runbook(session, definitions, "restart-shop", now)
    said = answers(found)
    assert "waits for a person to approve its plan" in found.answer
    assert f"{shop.ticket} (shop-web)" in said["Would it run now?"]
    assert "approval:" in said["Would it run now?"]
    assert said["What did it do?"] == "it never ran"


def test_a_thrown_kill_switch_is_the_answer(shop: scene.Shop, definitions: Definitions, now: datetime) -> None:
    with shop.database.writing() as session:
        stops.stop_all(session, "ana", "drill", now)
    with shop.database.reading() as session:
        assert "stopped by ana" in of_runbook(session, definitions, "restart-shop", now).answer


@pytest.mark.parametrize("explain", [of_monitor, of_runbook])
def test_an_unknown_name_is_not_explained(explain: Explain, shop: scene.Shop, definitions: Definitions) -> None:
    with shop.database.reading() as session, pytest.raises(NotFound, match=r"no (monitor|runbook)"):
        explain(session, definitions, "nonsense", SystemClock().now())
