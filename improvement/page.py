"""A report as one self-contained HTML page: no script, nothing loaded from anywhere."""

from collections.abc import Sized

from jinja2 import Environment, PackageLoader, StrictUndefined

from improvement import charts
from improvement.distribution import Distribution
from improvement.report import MEASURES, Report, ServiceLine
from improvement.words import instant, length, percent, spoken

TIMELINE_WIDTH, CHART_WIDTH, STRIP_WIDTH = 260, 860, 852


def render(report: Report) -> str:
    """The page as text."""
    worst = _worst(report)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            measures=MEASURES,
            verdict=verdict(report),
            worst_service=worst.service.title if worst else None,
            worst_availability=worst.availability.ratio if worst else None,
            timeline=lambda line: charts.timeline(
                line.availability.stretches, report.since, report.until, TIMELINE_WIDTH
            ),
            stacked=lambda counts: charts.stacked(counts, CHART_WIDTH),
            strip_of=_strip,
        )
    )


def verdict(report: Report) -> str:
    """The period in one sentence."""
    opened = len(report.incidents)
    if not opened:
        return "Nothing broke in this period."
    still_open = sum(line.still_open for line in report.services)
    repaired = report.repaired_without_person
    sentence = f"{opened} incident{'s' if opened > 1 else ''}, {repaired} repaired and proved without a person"
    sentence += f", {still_open} still open" if still_open else ", none still open"
    over = [line.service.title for line in report.services if line.budget_left is not None and line.budget_left < 0]
    return f"{sentence}. " + (f"The error budget is overspent for {', '.join(over)}." if over else "")


def _worst(report: Report) -> ServiceLine | None:
    measured = [line for line in report.services if line.availability.ratio is not None]
    return min(measured, key=lambda line: line.availability.ratio or 0.0, default=None)


def _strip(times: Distribution) -> charts.Strip:
    return charts.strip(times.values_s, times.median_s, times.median_interval_s, STRIP_WIDTH)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("improvement"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {
        "instant": instant,
        "percent": percent,
        "spoken": spoken,
        "length": length,
        "length_of": _count,
    }
    return environment


def _count(things: Sized) -> int:
    return len(things)
