"""libcurl's handles, kept and used again; each is set up for a plain GET on a connection of its own."""

from collections.abc import Callable

import pycurl

from monitors.probes.transfers import MAX_BODY_BYTES, Body, Exchange, Handle, Options, Transfer, trusted_authorities

_WEB = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
PLAIN: Options = (
    (pycurl.NOSIGNAL, 1),
    (pycurl.USERAGENT, "watchdesk"),
    (pycurl.PROXY, ""),  # a proxy of the environment would answer in the target's place
    (pycurl.PROTOCOLS, _WEB),
    (pycurl.REDIR_PROTOCOLS, _WEB),
    (pycurl.FRESH_CONNECT, 1),
    (pycurl.FORBID_REUSE, 1),
    (pycurl.SSL_SESSIONID_CACHE, 0),  # a resumed session would not show its certificate
    (pycurl.DNS_CACHE_TIMEOUT, 0),
    (pycurl.WRITEFUNCTION, len),  # reads and drops
    (pycurl.MAXFILESIZE, MAX_BODY_BYTES),
)


class Handles:
    """A stock of handles. `watch` is called with the descriptor of each new socket and returns 0."""

    def __init__(self, watch: Callable[[int, int], int]) -> None:
        self._watch = watch
        self._plain: list[Handle] = []

    def take(self, exchange: Exchange, options: Options) -> Handle:
        """A handle ready for this exchange; its body and its header lines go where the exchange collects them."""
        handle = self._plain.pop() if self._plain and not options else self._fresh()
        for option, value in options:
            handle.setopt(option, value)
        transfer = exchange.transfer
        handle.setopt(pycurl.URL, transfer.url)
        spent_ms = round(exchange.resolved_s * 1000) if exchange.resolved_s else 0
        handle.setopt(pycurl.TIMEOUT_MS, max(1, transfer.timeout_ms - spent_ms))
        if transfer.keeps_body:
            exchange.body = Body()
            handle.setopt(pycurl.WRITEFUNCTION, exchange.body.write)
            handle.setopt(pycurl.MAXFILESIZE, 0)
            handle.setopt(pycurl.ACCEPT_ENCODING, "identity")  # what comes compressed all the same is unpacked
        if transfer.keeps_headers:
            handle.setopt(pycurl.HEADERFUNCTION, exchange.headers.append)
        return handle

    def give_back(self, handle: Handle, transfer: Transfer) -> None:
        """Takes a handle back that is no longer part of a multi handle; one with options of its own is closed."""
        if transfer.options or transfer.name:
            handle.close()
            return
        if transfer.keeps_body:
            handle.setopt(pycurl.WRITEFUNCTION, len)
            handle.setopt(pycurl.MAXFILESIZE, MAX_BODY_BYTES)
            handle.unsetopt(pycurl.ACCEPT_ENCODING)
        if transfer.keeps_headers:
            handle.unsetopt(pycurl.HEADERFUNCTION)
        self._plain.append(handle)

    def close(self) -> None:
        while self._plain:
            self._plain.pop().close()

    def _fresh(self) -> Handle:
        handle = pycurl.Curl()
        for option, value in PLAIN:
            handle.setopt(option, value)
        handle.setopt(pycurl.CAINFO, trusted_authorities())
        handle.setopt(pycurl.SOCKOPTFUNCTION, self._watch)
        return handle
