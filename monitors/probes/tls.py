"""TLS: whether a handshake succeeds, and what the certificate says."""

from typing import Annotated, Any

import pycurl
from pydantic import TypeAdapter

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.certificates import expires_in_s, field_of
from monitors.probes.forms import AbsolutePath, Address, HostName, short_for, split_address
from monitors.probes.lanes import Lane
from monitors.probes.looks import seconds
from monitors.probes.transfer_failures import failed
from monitors.probes.transfers import Exchange, Failure, Handle, Options, Transfer, name_to_look_up, took_s
from monitors.services_for_probes import ProbeServices
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


def probe(monitor: Monitor, services: ProbeServices) -> Transfer:
    """A handshake and nothing after it."""
    form: TlsForm = monitor.form
    host, port = split_address(form.address)
    address = services.address_of(host)
    return Transfer(
        monitor=monitor,
        url=f"https://{_in_url(form.server_name or host)}:{port}/",
        timeout_ms=max(1, round(monitor.timeout.total_seconds() * 1000)),
        finish=_finish,
        name=name_to_look_up(address, port),
        options=_options(form, f"{_in_url(address)}:{port}"),
    )


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _options(form: TlsForm, address: str) -> Options:
    options: list[tuple[int, Any]] = [
        (pycurl.CONNECT_ONLY, 1),
        (pycurl.CONNECT_TO, [f"::{address}"]),
        (pycurl.OPT_CERTINFO, 1),
    ]
    if not form.verify:
        options += [(pycurl.SSL_VERIFYPEER, 0), (pycurl.SSL_VERIFYHOST, 0)]
    if form.ca is not None:
        options.append((pycurl.CAINFO, form.ca))
    return tuple(options)


def _finish(exchange: Exchange, handle: Handle, failure: Failure | None) -> Observation:
    if failure is not None:
        return failed(exchange, handle, failure)
    latency_s = took_s(exchange, handle)
    chain = handle.getinfo(pycurl.INFO_CERTINFO)
    values: dict[str, Any] = {"latency": latency_s}
    for key in ("issuer", "subject"):
        found = field_of(chain, key)
        if found is not None:
            values[key] = found
    expires_s = expires_in_s(chain, exchange.at)
    if expires_s is not None:
        values["expires_in"] = expires_s
    until = f", certificate valid for {expires_s / 86400:.1f} days" if expires_s is not None else ""
    return Observation(
        monitor=exchange.transfer.monitor.id,
        at=exchange.at,
        ended=exchange.at + latency_s,
        latency_s=latency_s,
        values=values,
        text=f"handshake in {seconds(latency_s)}{until}",
    )
