"""Asks clamd, where one is installed, whether it knows a file as malware."""

import socket
import struct
from collections.abc import Callable
from contextlib import closing

PIECE = 64 * 1024
PATIENCE = 120

Scan = Callable[[bytes], str]


class Silent(Exception):
    """The scanner is configured and does not answer: nothing is shown unscanned."""


def nothing(body: bytes) -> str:
    """Without a scanner."""
    return ""


def clamd(address: str) -> Scan:
    """Scan through a socket's path or `host:port`; the answer is the signature's name, or empty.

    INSTREAM of clamd's protocol: pieces with their length before them, ended by one of no length.
    """

    def scan(body: bytes) -> str:
        try:
            with closing(_line(address)) as line:
                line.settimeout(PATIENCE)
                if line.family == socket.AF_UNIX:
                    line.connect(address)
                line.sendall(b"zINSTREAM\0")
                for start in range(0, len(body), PIECE):
                    piece = body[start : start + PIECE]
                    line.sendall(struct.pack(">I", len(piece)) + piece)
                line.sendall(struct.pack(">I", 0))
                said = b""
                while not said.endswith(b"\0") and (more := line.recv(4096)):
                    said += more
        except OSError as error:
            raise Silent(type(error).__name__) from None
        answer = said.decode(errors="replace").rstrip("\0\n").removeprefix("stream: ")
        if answer == "OK":
            return ""
        if answer.endswith(" FOUND"):
            return answer.removesuffix(" FOUND")
        raise Silent(answer[:80] or "nothing")  # such as: INSTREAM size limit exceeded

    return scan


def _line(address: str) -> socket.socket:
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit():
        return socket.create_connection((host, int(port)), timeout=PATIENCE)
    return socket.socket(socket.AF_UNIX)
