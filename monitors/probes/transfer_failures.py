"""Failed transfers in words: what the target did wrong, and what is our own machine's fault."""

import errno
import os
import re

import pycurl

from monitors.observation import Observation
from monitors.probes.looks import OUR_OWN_LACK, in_a_sentence, seconds
from monitors.probes.transfers import Exchange, Failure, Handle, took_s
from monitors.services_for_probes import redact

# libcurl's codes that speak of us, not of the target
OUR_OWN = {
    pycurl.E_FAILED_INIT,
    pycurl.E_OUT_OF_MEMORY,
    pycurl.E_SSL_CACERT_BADFILE,
    pycurl.E_BAD_FUNCTION_ARGUMENT,
}
# codes that speak of our own URL, or, once connected, of an answer that is no HTTP and of where it redirects to
OUR_OWN_UNLESS_CONNECTED = {pycurl.E_URL_MALFORMAT, pycurl.E_UNSUPPORTED_PROTOCOL}
SAID = {pycurl.E_GOT_NOTHING: "the connection was closed without an answer"}
SAID_BEFORE = {
    pycurl.E_COULDNT_RESOLVE_HOST: "the name cannot be resolved",
    pycurl.E_TOO_MANY_REDIRECTS: "too many redirects",
}
NO_HTTP = "Received HTTP/0.9"  # what libcurl takes an answer without a status line for
# codes after which the system's error number is about this failure, and not left over from an earlier attempt
OF_THE_SYSTEM = {pycurl.E_COULDNT_CONNECT, pycurl.E_SEND_ERROR, pycurl.E_RECV_ERROR}
REFUSED_CERTIFICATE = re.compile(r"SSL certificate (?:OpenSSL verify result|problem): (?P<reason>.+?)(?: \(\d+\))?$")


def failed(exchange: Exchange, handle: Handle, failure: Failure) -> Observation:
    """The observation of a transfer that did not come to its end."""
    transfer = exchange.transfer
    words = redact(_words(handle, failure, transfer.timeout_ms / 1000), transfer.secrets)
    is_ours = _is_ours(handle, failure)
    return Observation(
        monitor=transfer.monitor.id,
        at=exchange.at,
        ended=exchange.at + took_s(exchange, handle),
        error=None if is_ours else words,
        blind=words if is_ours else None,
        text=words,
    )


def _is_ours(handle: Handle, failure: Failure) -> bool:
    if failure.code in OUR_OWN_UNLESS_CONNECTED:
        return not handle.getinfo(pycurl.CONNECT_TIME)
    return failure.code in OUR_OWN or (failure.code in OF_THE_SYSTEM and failure.errno in OUR_OWN_LACK)


def _words(handle: Handle, failure: Failure, timeout_s: float) -> str:
    if failure.code in SAID:
        return SAID[failure.code]
    if failure.code == pycurl.E_OPERATION_TIMEDOUT:
        return _late(handle, timeout_s)
    if failure.code in SAID_BEFORE:
        return f"{SAID_BEFORE[failure.code]}: {failure.message}"
    if failure.errno and failure.code in OF_THE_SYSTEM:
        return in_a_sentence(os.strerror(failure.errno)) + _where(handle, failure)
    if failure.message.startswith(NO_HTTP):
        return "the answer is not HTTP"
    return in_a_sentence(_plain(failure.message)) or f"libcurl error {failure.code}"


def _plain(message: str) -> str:
    """The message; of a refused certificate what is wrong with it, without how the library found out."""
    found = REFUSED_CERTIFICATE.match(message)
    return found["reason"] if found else message


def _late(handle: Handle, timeout_s: float) -> str:
    if not handle.getinfo(pycurl.CONNECT_TIME):
        return f"no connection within {seconds(timeout_s)}"
    if not handle.getinfo(pycurl.RESPONSE_CODE):
        return f"connected, but no answer within {seconds(timeout_s)}"
    return f"the answer was not complete within {seconds(timeout_s)}"


def _where(handle: Handle, failure: Failure) -> str:
    if failure.errno == errno.ECONNREFUSED:
        return ""
    return " while the answer was read" if handle.getinfo(pycurl.RESPONSE_CODE) else ""
