"""Numbers in words for reports: durations people can compare, shares, instants with their zone."""

from datetime import datetime, timedelta


def spoken(seconds: float | None) -> str:
    """`4 h 12 min`, `38 s`, `850 ms`, `190 µs`; a dash for None."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{seconds * 1_000_000:.0f} µs" if 0 < seconds < 0.001 else f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def percent(ratio: float | None, digits: int = 2) -> str:
    """`99.94 %`; never rounded up to 100 % when something was lost; a dash for None."""
    if ratio is None:
        return "–"
    shown = f"{ratio * 100:.{digits}f}"
    if ratio < 1 and float(shown) >= 100:
        shown = f"{100 - 10**-digits:.{digits}f}"
    return f"{shown} %"


def instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


def length(period: timedelta) -> str:
    return spoken(period.total_seconds())
