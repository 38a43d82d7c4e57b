"""TLS: whether a handshake succeeds, and what the certificate says."""

from typing import Annotated

from pydantic import TypeAdapter

from monitors.probes.forms import AbsolutePath, Address, HostName, short_for
from monitors.probes.lanes import Lane
from watchdesk.definitions.models import Definition


class TlsForm(Definition):
    """What stands under `tls`. `server_name` is the name asked for and checked, else the host of the address."""

    address: Address
    server_name: HostName | None = None
    verify: bool = True
    ca: AbsolutePath | None = None


name = "tls"
lane = Lane.HTTP
form: TypeAdapter[TlsForm] = TypeAdapter(Annotated[TlsForm, short_for("address", TlsForm)])
values = {"expires_in": "duration", "issuer": "text", "subject": "text", "latency": "duration"}


def title(form: TlsForm) -> str:
    return f"The certificate of {form.server_name or form.address} is valid"
