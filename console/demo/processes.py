"""The demo's processes, found by their pid files, and its keeper, asked through its pipe."""

import os

import psutil

from console.demo.layout import PROGRAMS, Layout
from watchdesk.errors import Refused


def process_of(layout: Layout, service: str) -> psutil.Process:
    """The living process of a service. Raises Refused when there is none: a number used again is never hit."""
    try:
        process = psutil.Process(int(layout.pid_file(service).read_text("ascii")))
        is_ours = any(word.startswith(str(PROGRAMS)) for word in process.cmdline())
    except (OSError, ValueError, psutil.Error):
        is_ours = False
    if not is_ours:
        message = f"{service} has no process at the moment; it is broken already, or about to be restarted"
        raise Refused(message)
    return process


def ask_keeper(layout: Layout, words: str) -> None:
    """Hand a request to the keeper. Raises Refused when it is not there."""
    try:
        pipe = os.open(layout.requests, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        message = "the demo's services are not kept by anybody now; start them with 'watchdesk up --demo'"
        raise Refused(message) from error
    try:
        os.write(pipe, f"{words}\n".encode("ascii"))
    finally:
        os.close(pipe)
