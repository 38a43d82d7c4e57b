"""A TLS endpoint that takes a new certificate as soon as one lies in its folder.

Run as a program: gateway.py PORT FOLDER. The folder holds gateway.pem and gateway.key.
"""

import socketserver
import ssl
import sys
from contextlib import suppress
from pathlib import Path

PATIENCE_S = 2.0
GREETING = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nThis is the gateway.\n"


class Server(socketserver.ThreadingTCPServer):
    """Listens, and reads certificate and key anew for every caller."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, port: int, folder: Path) -> None:
        super().__init__(("127.0.0.1", port), Caller)
        self.folder = folder


class Caller(socketserver.BaseRequestHandler):
    """One caller: a handshake and a greeting."""

    server: Server

    def handle(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with suppress(OSError):  # a certificate that is being exchanged, or a caller who went away
            context.load_cert_chain(self.server.folder / "gateway.pem", self.server.folder / "gateway.key")
            self.request.settimeout(PATIENCE_S)
            with context.wrap_socket(self.request, server_side=True) as channel:
                if channel.recv(4096):
                    channel.sendall(GREETING)


def main(words: list[str]) -> int:
    Server(int(words[0]), Path(words[1])).serve_forever(poll_interval=5)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
