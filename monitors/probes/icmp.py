"""ICMP: whether a host answers echo requests, and how fast."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from monitors.probes.forms import HostName, short_for
from monitors.probes.lanes import Lane
from watchdesk.definitions.models import Definition


class IcmpForm(Definition):
    """What stands under `icmp`. `count` requests are sent, 50 ms apart."""

    host: HostName
    count: Annotated[int, Field(ge=1, le=20)] = 3


name = "icmp"
lane = Lane.SOCKET
form: TypeAdapter[IcmpForm] = TypeAdapter(Annotated[IcmpForm, short_for("host", IcmpForm)])
values = {"loss_percent": "percent", "rtt": "duration"}


def title(form: IcmpForm) -> str:
    return f"{form.host} answers pings"
