"""TCP: whether a port accepts a connection, and what it says."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from monitors.probes.forms import Address, short_for
from monitors.probes.lanes import Lane
from watchdesk.definitions.models import Definition


class TcpForm(Definition):
    """What stands under `tcp`. With `send` an answer is waited for; a banner is read when a condition asks for it."""

    address: Address
    send: Annotated[str, Field(min_length=1, max_length=65536)] | None = None


name = "tcp"
lane = Lane.SOCKET
form: TypeAdapter[TcpForm] = TypeAdapter(Annotated[TcpForm, short_for("address", TcpForm)])
values = {"latency": "duration", "text": "text"}


def title(form: TcpForm) -> str:
    return f"{form.address} accepts connections"
