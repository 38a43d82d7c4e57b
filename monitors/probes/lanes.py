"""The four ways in which the engine runs probes."""

from enum import StrEnum


class Lane(StrEnum):
    """How a kind is run.

    http: a Transfer by libcurl. socket, process: a Conversation, resumed when its descriptors are ready. thread: a
    function that may block.
    """

    HTTP = "http"
    SOCKET = "socket"
    PROCESS = "process"
    THREAD = "thread"
