"""services/*.yaml and calendars/*.yaml: what loads, and which fault is reported where."""

from datetime import date, timedelta
from pathlib import Path

import jsonschema
import pytest
from pydantic import BaseModel

from watchdesk.calendars import ALWAYS, Calendars, OpenHours
from watchdesk.catalogue import Catalogue
from watchdesk.definitions.calendars import CalendarModel, WindowModel, load_calendars
from watchdesk.definitions.faults import Faults
from watchdesk.definitions.services import ServiceModel, load_services
from watchdesk.windows import WindowKind

SHOP = """\
services:
  shop:
    title: Web shop
    owner: payments
    tier: 1
    depends_on: [shop-db]
    hours: office
    slo: {availability: 99.9%, period: 30d}
    sla: {respond: 15m, resolve: 4h}
    impact: Customers cannot order.
    mail_to: desk@example.org
  shop-db: {owner: platform, tier: 2}
items:
  web-1: {service: shop, kind: host, address: 127.0.0.1, group: web, domain: rack-a}
"""
CALENDARS = """\
calendars:
  office: {tz: Europe/Berlin, hours: {mon-fri: "08:00-18:00"}, holidays: DE-BE}
windows:
  patching: {rrule: "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2", lasts: 3h, tz: Europe/Berlin, services: [shop], reason: CHG-412}
"""


def write(root: Path, **texts: str) -> Path:
    for folder, text in texts.items():
        (root / folder).mkdir(exist_ok=True)
        (root / folder / "one.yaml").write_text(text, "utf-8")
    return root


def read(root: Path) -> tuple[Catalogue, Calendars, list[str]]:
    faults = Faults()
    calendars = load_calendars(root, faults)
    return load_services(root, faults, calendars), calendars, [str(fault) for fault in faults]


def faults_of(root: Path, **texts: str) -> list[str]:
    return read(write(root, **texts))[2]


def test_services_and_items_load_with_everything_they_say(tmp_path: Path) -> None:
    catalogue, _, faults = read(write(tmp_path, services=SHOP, calendars=CALENDARS))
    assert faults == []
    shop = catalogue.services["shop"]
    assert (shop.title, shop.owner, shop.tier, shop.depends_on) == ("Web shop", "payments", 1, ("shop-db",))
    assert shop.slo is not None
    assert shop.slo.availability == pytest.approx(0.999)
    assert (shop.sla.respond, shop.sla.resolve) == (timedelta(minutes=15), timedelta(hours=4))
    assert (shop.impact, shop.mail_to, str(shop.place)) == (
        "Customers cannot order.", ("desk@example.org",), "services/one.yaml:2:3"
    )  # fmt: skip
    assert catalogue.items["web-1"].is_local


def test_a_service_needs_only_an_owner(tmp_path: Path) -> None:
    catalogue, _, faults = read(write(tmp_path, services="services: {wiki: {owner: platform}}"))
    assert faults == []
    wiki = catalogue.services["wiki"]
    assert (wiki.title, wiki.tier, wiki.hours, wiki.slo, wiki.sla.respond) == ("wiki", 3, "always", None, None)


def test_a_calendar_and_a_window_load(tmp_path: Path) -> None:
    _, calendars, faults = read(write(tmp_path, services=SHOP, calendars=CALENDARS))
    assert faults == []
    assert set(calendars.calendars) == {"always", "office"}
    office = calendars.calendars["office"]
    assert office.hours[0] == OpenHours(weekday=0, begins=480, ends=1080)
    assert len(office.hours) == 5
    assert office.is_day_off(date(2027, 3, 8))
    (patching,) = calendars.windows
    assert (patching.id, patching.kind, patching.reason) == ("patching", WindowKind.MAINTENANCE, "CHG-412")
    assert patching.when.lasts == timedelta(hours=3)


def test_without_any_file_there_is_still_the_calendar_always(tmp_path: Path) -> None:
    catalogue, calendars, faults = read(tmp_path)
    assert (catalogue, faults) == (Catalogue(), [])
    assert calendars.calendars == {"always": ALWAYS}


def test_always_may_be_written_out_as_it_is_built_in(tmp_path: Path) -> None:
    text = 'calendars:\n  always: {tz: UTC, hours: {mon-sun: "00:00-24:00"}}\n'
    assert faults_of(tmp_path, calendars=text) == []


def test_always_cannot_be_given_another_meaning(tmp_path: Path) -> None:
    text = 'calendars:\n  always: {tz: UTC, hours: {mon-fri: "00:00-24:00"}}\n'
    (fault,) = faults_of(tmp_path, calendars=text)
    assert fault.startswith("calendars/one.yaml:2:3: the calendar 'always' is built in")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("services:\n  a: {owner: x, teir: 1}", "services/one.yaml:2:17: unknown key 'teir'; did you mean 'tier'?"),
        ("services:\n  a: {tier: 1}", "services/one.yaml:2:3: the key 'owner' is missing"),
        ("services:\n  a: {owner: x, tier: 5}", "services/one.yaml:2:23: 'tier':"),
        ('services:\n  a: {owner: x, tier: "1"}', "services/one.yaml:2:23: 'tier':"),
        ("services:\n  a: {owner: x, hours: offise}", "services/one.yaml:2:24: no calendar is called 'offise'"),
        ("services:\n  a: {owner: x, depends_on: [b]}", "services/one.yaml:2:30: no service is called 'b'"),
        ("services:\n  a: {owner: x, sla: {respond: 15}}", "services/one.yaml:2:32: 'sla.respond': 15 has no unit"),
        ("services:\n  a: {owner: x, sla: {respond: 0s}}", "services/one.yaml:2:32: 'sla.respond': must be longer"),
        ("services:\n  a: {owner: x, slo: {availability: 101%}}", "services/one.yaml:2:37: 'slo.availability'"),
        ("services:\n  a: {owner: x, mail_to: nobody}", "services/one.yaml:2:26: 'mail_to.0': 'nobody' is not a mail"),
        ("services:\n  a b: {owner: x}", "services/one.yaml:2:3: 'a b' cannot be the name of a service"),
        ("services: [a]", "services/one.yaml:1:11: 'services' must be a mapping"),
        ("service:\n  a: {owner: x}", "services/one.yaml:1:1: unknown key 'service'; known here are services, items"),
        ("- a", "services/one.yaml:1:1: a file of services is a mapping"),
        ("items:\n  w: {service: shp, kind: host}", "services/one.yaml:2:16: no service is called 'shp'"),
    ],
)
def test_a_fault_of_services_names_its_place_and_the_remedy(tmp_path: Path, text: str, expected: str) -> None:
    faults = faults_of(tmp_path, services=text)
    assert len(faults) == 1
    assert faults[0].startswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('calendars:\n  o: {hours: {mon-fry: "08:00-18:00"}}', "2:24: 'fry' is no day of the week"),
        ('calendars:\n  o: {hours: {mon: "8-18"}}', "2:20: '8-18' is not a span of hours"),
        ('calendars:\n  o: {hours: {mon: "08:00-25:00"}}', "2:20: '08:00-25:00' is not a span of hours"),
        ('calendars:\n  o: {hours: {mon: ["08:00-12:00", "11:00-17:00"]}}', "2:14: the hours of mon overlap"),
        ("calendars:\n  o: {hours: {}}", "2:14: 'hours':"),
        ('calendars:\n  o: {tz: Europe/Berln, hours: {mon: "08:00-18:00"}}', "2:11: 'tz': 'Europe/Berln' is no known"),
        ('calendars:\n  o: {hours: {mon: "08:00-18:00"}, holidays: DE-QQ}', "2:46: 'DE-QQ' is no country"),
        ('calendars:\n  o: {hours: {mon: "08:00-18:00"}, holidays: [24.12.]}', "2:46: '24.12.' is neither"),
        ('calendars:\n  o: {hours: {mon: "08:00-18:00"}, holidays: [13-01]}', "2:46: month must be"),
        ("windows:\n  w: {lasts: 1h, services: ['*'], reason: x}", "2:14: a window needs a rule"),
        ("windows:\n  w: {from: 2026-01-05, lasts: 1h, reason: x}", "2:3: window 'w' covers nothing"),
        (
            "windows:\n  w: {from: 2026-01-05, lasts: 1h, services: [shp], reason: x}",
            "2:47: no service is called 'shp'",
        ),
        ("windows:\n  w: {from: tomorrow, lasts: 1h, services: ['*'], reason: x}", "2:13: 'from': 'tomorrow' is not"),
        ("windows:\n  w: {from: 2026-01-05T00:00Z, lasts: 1h, services: ['*'], reason: x}", "2:13: 'from': '2026"),
        ("windows:\n  w: {rrule: FREQ=WEEKLY, lasts: 1h, services: ['*'], reason: x}", "2:14: rrule 'FREQ=WEEKLY'"),
        ("windows:\n  w: {from: 2026-01-05, lasts: 0s, services: ['*'], reason: x}", "2:32: a window must last"),
        ("windows:\n  w: {from: 2026-01-05, lasts: 1h, services: ['*']}", "2:3: the key 'reason' is missing"),
        ("windows:\n  w: {from: 2026-01-05, lasts: 1h, services: ['*'], reason: x, kind: frozen}", "2:70: 'kind':"),
    ],
)
def test_a_fault_of_calendars_names_its_place_and_the_remedy(tmp_path: Path, text: str, expected: str) -> None:
    faults = faults_of(tmp_path, calendars=text)
    assert len(faults) == 1
    assert faults[0].startswith(f"calendars/one.yaml:{expected}")


def test_all_faults_of_one_calendar_and_one_window_are_reported_at_once(tmp_path: Path) -> None:
    text = """calendars:
  o:
    tz: Nowhere/At
    hours: {mon: "8-18", fry: "08:00-18:00"}
    holidays: [DE-XX, never]
windows:
  w:
    rrule: FREQ=SOMETIMES
    lasts: 1h
    tz: Mars/Base
    services: [shpo, shop]
    reason: x
  v: {rrule: "FREQ=DAILY", lasts: 5, services: [gone]}
"""
    faults = faults_of(tmp_path, services="services:\n  shop: {owner: x}\n", calendars=text)
    lines = sorted(int(fault.split(":")[1]) for fault in faults)
    assert lines == [3, 4, 4, 5, 5, 8, 10, 11, 13, 13, 13]


def test_all_faults_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    services = "services:\n  a: {owner: x, tier: 9}\n  b: {owner: x, hours: nights}\n"
    calendars = 'calendars:\n  o: {tz: Nowhere/At, hours: {mon: "08:00-18:00"}}\n'
    assert len(faults_of(tmp_path, services=services, calendars=calendars)) == 3


def test_a_service_of_a_faulty_calendar_is_not_blamed_as_well(tmp_path: Path) -> None:
    services = "services:\n  a: {owner: x, hours: o}\n"
    calendars = 'calendars:\n  o: {tz: Nowhere/At, hours: {mon: "08:00-18:00"}}\n'
    (fault,) = faults_of(tmp_path, services=services, calendars=calendars)
    assert "Nowhere/At" in fault


def test_a_service_defined_twice_is_a_fault_that_names_both_places(tmp_path: Path) -> None:
    write(tmp_path, services="services:\n  a: {owner: x}\n")
    (tmp_path / "services" / "two.yaml").write_text("services:\n  a: {owner: y}\n", "utf-8")
    assert read(tmp_path)[2] == ["services/two.yaml:2:3: service 'a' is already defined at services/one.yaml:2:3"]


def test_a_circle_of_dependencies_is_one_fault_that_spells_it_out(tmp_path: Path) -> None:
    text = """\
services:
  c: {owner: x, depends_on: [a]}
  a: {owner: x, depends_on: [b]}
  b: {owner: x, depends_on: [c]}
  d: {owner: x, depends_on: [a]}
"""
    assert faults_of(tmp_path, services=text) == [
        "services/one.yaml:3:30: the dependencies run in a circle: a → b → c → a; remove one of them"
    ]


def test_a_service_that_depends_on_itself_is_a_circle(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, services="services:\n  a: {owner: x, depends_on: [a]}\n")
    assert "a → a" in fault


def test_a_long_chain_of_dependencies_is_no_fault(tmp_path: Path) -> None:
    lines = ["services:", "  s0: {owner: x}"]
    lines += [f"  s{number}: {{owner: x, depends_on: [s{number - 1}]}}" for number in range(1, 1200)]
    assert faults_of(tmp_path, services="\n".join(lines)) == []


def test_hours_over_midnight_belong_to_two_days(tmp_path: Path) -> None:
    text = 'calendars:\n  night: {hours: {sun: "22:00-06:00"}}\n'
    _, calendars, faults = read(write(tmp_path, calendars=text))
    assert faults == []
    assert calendars.calendars["night"].hours == (
        OpenHours(weekday=0, begins=0, ends=360),
        OpenHours(weekday=6, begins=1320, ends=1440),
    )


def test_several_days_and_several_spans_may_stand_in_one_line(tmp_path: Path) -> None:
    text = 'calendars:\n  o: {hours: {"mon,wed": ["08:00-12:00", "13:00-17:00"], fri-sat: "09:00-10:00"}}\n'
    _, calendars, faults = read(write(tmp_path, calendars=text))
    assert faults == []
    assert [span.weekday for span in calendars.calendars["o"].hours] == [0, 0, 2, 2, 4, 5]


def test_holidays_may_be_regions_dates_and_yearly_dates(tmp_path: Path) -> None:
    text = 'calendars:\n  o: {hours: {mon-sun: "08:00-12:00"}, holidays: [DE-BE, 2026-03-03, 12-24]}\n'
    _, calendars, faults = read(write(tmp_path, calendars=text))
    assert faults == []
    office = calendars.calendars["o"]
    assert [office.is_day_off(date(2026, *day)) for day in ((3, 3), (12, 24), (12, 25), (3, 4))] == [
        True, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "content"),
    [
        (ServiceModel, {"owner": "x", "mail_to": "desk@example.org", "sla": {"respond": "15m"}}),
        (ServiceModel, {"owner": "x", "mail_to": ["a@example.org", "b@example.org"]}),
        (CalendarModel, {"hours": {"mon-fri": "08:00-18:00"}, "holidays": "DE-BE"}),
        (CalendarModel, {"hours": {"mon": ["08:00-12:00", "13:00-18:00"]}, "holidays": ["DE-BE", "12-24"]}),
        (WindowModel, {"from": "2026-01-05T22:00", "lasts": "3h", "services": ["*"], "reason": "x"}),
    ],
)
def test_what_loads_is_right_by_the_published_schema_too(model: type[BaseModel], content: dict[str, object]) -> None:
    model.model_validate(content)
    jsonschema.validate(content, model.model_json_schema())
