"""DNS: what a name server answers to one question."""

from typing import Annotated

import dns.name
import dns.rdatatype
from pydantic import AfterValidator, TypeAdapter

from monitors.probes.forms import HostName, Line, short_for, split_address
from monitors.probes.lanes import Lane
from watchdesk.definitions.models import Definition

PORT = 53


def _check_name(name: str) -> str:
    try:
        dns.name.from_text(name)
    except dns.exception.DNSException as error:
        message = f"'{name}' is not a domain name: {error}"
        raise ValueError(message) from error
    return name


def _check_type(name: str) -> str:
    try:
        dns.rdatatype.from_text(name)
    except dns.exception.DNSException as error:
        message = f"'{name}' is not a record type; write one like A, AAAA, MX or TXT"
        raise ValueError(message) from error
    return name.upper()


def _check_server(server: str) -> str:
    split_server(server)
    return server


def split_server(server: str) -> tuple[str, int]:
    """Host and port of `HOST`, `HOST:PORT`, an IPv6 address or `[IPv6]:PORT`."""
    if server.startswith("[") or server.count(":") == 1:
        return split_address(server)
    TypeAdapter(HostName).validate_python(server)
    return server, PORT


class DnsForm(Definition):
    """What stands under `dns`. Without `server` the machine's own resolver is asked."""

    name: Annotated[Line, AfterValidator(_check_name)]
    type: Annotated[str, AfterValidator(_check_type)] = "A"
    server: Annotated[str, AfterValidator(_check_server)] | None = None


name = "dns"
lane = Lane.SOCKET
form: TypeAdapter[DnsForm] = TypeAdapter(Annotated[DnsForm, short_for("name", DnsForm)])
values = {"answers": "list", "rcode": "text", "latency": "duration"}


def title(form: DnsForm) -> str:
    asked = f" by {form.server}" if form.server else ""
    return f"{form.name} ({form.type}) is answered{asked}"
