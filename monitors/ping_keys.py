"""Keys of heartbeats over all files: each leads to one monitor."""

from collections.abc import Mapping

from monitors.definition_entry import Entry
from monitors.monitor import Monitor
from monitors.probes.heartbeat import HeartbeatForm
from watchdesk.definitions.faults import Faults


def check_keys(entries: Mapping[str, Entry], monitors: Mapping[str, Monitor], faults: Faults) -> None:
    """A second monitor with the key of another would never get a ping."""
    first: dict[str, str] = {}
    for name, monitor in monitors.items():
        key = monitor.form.key if isinstance(monitor.form, HeartbeatForm) else None
        if key is None:
            continue
        if key not in first:
            first[key] = name
            continue
        document, location = entries[name].where("heartbeat", "key")
        message = f"'{key}' is the key of '{first[key]}' already; write the name of a secret of its own"
        faults.add(document.place(location), message, "D014")
