"""The rhythm of a monitor: how long one result speaks for it."""

from datetime import timedelta

from monitors.monitor import Monitor

SLACK = timedelta(seconds=2)  # the watch writes every quarter of a second; a relief may take a little longer


def stands_for(monitor: Monitor) -> timedelta:
    """The longest that may pass from one sample to the next of a living watch: one missed check is forgiven.

    Nothing is known of what lies after it; availability shows that time as unmeasured.
    """
    return 2 * monitor.every + monitor.timeout + SLACK
