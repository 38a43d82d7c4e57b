"""Numbers in, positions out: stripes, the map of services, the ring of a promise, the graph of a signal."""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.drawings.dependencies import BOX_WIDTH, draw
from console.drawings.ring import AROUND, ring
from console.drawings.signal import FLOOR, HIGHEST_LIMIT, LEFT, WIDTH, Limit, Point, graph
from console.drawings.stripes import day_stripes, stripes
from tests.clock import START
from watchdesk.health import Health

SECOND = timedelta(seconds=1)
KINDS = st.sampled_from(["ok", "warning", "critical", "unknown", None])


@dataclass(frozen=True)
class Day:
    worst: str | None


def test_a_row_of_stripes_ends_at_its_right_end() -> None:
    found = stripes(["ok", "ok", "critical"], 5)
    assert [(stripe.kind, stripe.path) for stripe in found] == [("ok", "M8 14h7"), ("critical", "M16 10h3")]


def test_stripes_of_one_kind_are_one_path_however_they_lie() -> None:
    found = {stripe.kind: stripe.path for stripe in day_stripes([Day("ok"), Day(None), Day("ok")])}
    assert found == {"ok": "M0 14h6M16 14h6", "none": "M8 18h6"}


@given(st.lists(KINDS, max_size=80))
def test_no_stripe_is_lost_and_none_stands_outside(kinds: list[str | None]) -> None:
    found = stripes(kinds, 60)
    lines = [line.split("h") for stripe in found for line in stripe.path.split("M")[1:]]
    assert sum((int(length) + 1) // 4 for _, length in lines) == min(60, len(kinds))
    assert all(float(start.split()[0]) >= 0 and float(start.split()[0]) + int(length) < 240 for start, length in lines)


def test_what_is_used_stands_to_the_right_of_every_user() -> None:
    uses = {"shop": ("checkout", "db"), "checkout": ("db",), "db": (), "wiki": ()}
    drawn = draw(uses, {"db": "critical"}, {"shop": "The very long title of the shop"})
    at = {node.id: node for node in drawn.nodes}
    assert at["shop"].x < at["checkout"].x < at["db"].x
    assert at["wiki"].y > at["db"].y
    assert (at["db"].health, at["wiki"].health) == ("critical", "none")
    assert at["shop"].label.endswith("…")
    assert at["shop"].title == "The very long title of the shop"
    assert len(drawn.edges) == 3
    assert all(node.x + BOX_WIDTH <= drawn.width for node in drawn.nodes)


@given(st.dictionaries(st.integers(0, 12), st.sets(st.integers(0, 12), max_size=4), max_size=13))
def test_no_two_services_stand_in_one_place(found: dict[int, set[int]]) -> None:
    uses = {str(user): tuple(str(used) for used in used if used > user) for user, used in found.items()}
    uses |= {used: () for names in list(uses.values()) for used in names if used not in uses}
    drawn = draw(uses, {}, {})
    assert len({(node.x, node.y) for node in drawn.nodes}) == len(uses) == len(drawn.nodes)


def test_nothing_is_drawn_of_no_services() -> None:
    assert draw({}, {}, {}).nodes == ()


def test_the_ring_fills_turns_amber_at_three_quarters_and_red_at_the_end() -> None:
    hour = timedelta(hours=1)
    assert [ring(hour * share, hour).kind for share in (0.1, 0.8, 1.0, 3.0)] == ["left", "soon", "late", "late"]
    assert ring(hour * 3, hour).used == f"{AROUND:.1f} {AROUND:.1f}"


def points(*found: tuple[float, Health, float | None]) -> list[Point]:
    return [Point(START.timestamp() + at, health, latency) for at, health, latency in found]


def test_a_failure_is_shaded_from_its_first_bad_result_to_the_next_good_one_with_its_length() -> None:
    bad = [(float(at), Health.CRITICAL if 20 <= at < 50 else Health.OK, 0.1) for at in range(0, 100, 10)]
    drawn = graph(points(*bad), START, START + timedelta(seconds=100))
    (shade,) = drawn.shades
    scale = (WIDTH - LEFT) / 100
    assert (shade.x, shade.kind) == (round(LEFT + 20 * scale, 1), "critical")
    assert abs(shade.width - 30 * scale) < 0.2
    assert shade.label == "critical 30 s"


def test_a_result_without_latency_breaks_the_line_and_a_peak_survives_the_thinning() -> None:
    found = [(float(at), Health.OK, None if at == 500 else 2.0 if at == 700 else 0.1) for at in range(1000)]
    drawn = graph(points(*found), START, START + timedelta(seconds=1000))
    assert len(drawn.lines) == 1  # one of four results of that moment is missing
    tops = [float(spot.split(",")[1]) for line in drawn.lines for spot in line.split()]
    assert min(tops) < FLOOR / 2
    sparse = graph(
        points((0, Health.OK, 0.1), (40, Health.UNKNOWN, None), (80, Health.OK, 0.1)),
        START,
        START + timedelta(seconds=100),
    )
    assert len(sparse.lines) == 2


@given(
    st.lists(st.tuples(st.floats(0, 3599), st.sampled_from(list(Health)), st.none() | st.floats(0, 50)), max_size=50)
)
def test_everything_is_drawn_within_the_picture(found: list[tuple[float, Health, float | None]]) -> None:
    drawn = graph(points(*sorted(found, key=lambda one: one[0])), START, START + timedelta(hours=1))
    spots = [tuple(map(float, spot.split(","))) for line in drawn.lines for spot in line.split()]
    assert all(LEFT <= x <= WIDTH and 0 <= y <= FLOOR for x, y in spots)
    assert all(shade.x >= LEFT and shade.x <= WIDTH for shade in drawn.shades)
    assert all(tick.x <= WIDTH for tick in drawn.times)


def test_a_limit_is_a_line_at_its_latency_that_says_how_much() -> None:
    points = [Point((START + n * SECOND).timestamp(), Health.OK, 0.1) for n in range(60)]
    drawn = graph(points, START, START + 60 * SECOND, [Limit(0.4, "critical")])
    (line,) = drawn.limits
    assert (line.label, line.kind) == ("limit 400 ms", "critical")
    assert 0 < line.y < FLOOR
    assert drawn.longest_s >= 0.4


def test_a_limit_far_above_all_that_was_measured_does_not_flatten_the_line() -> None:
    points = [Point(START.timestamp(), Health.OK, 0.001)]
    assert graph(points, START, START + SECOND, [Limit(0.001 * HIGHEST_LIMIT * 2, "critical")]).limits == ()


def test_the_label_of_an_outage_stands_inside_its_shade_or_nowhere() -> None:
    points = [
        Point((START + n * SECOND).timestamp(), Health.CRITICAL if 20 <= n < 40 else Health.OK, 0.1) for n in range(60)
    ]
    wide, narrow = (graph(points, START, START + length * SECOND).shades[0] for length in (60, 3600))
    assert wide.label == "critical 20 s"
    assert narrow.label == ""
