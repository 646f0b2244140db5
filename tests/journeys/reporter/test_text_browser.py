"""A report from a text browser: w3m in a terminal, no styles, no scripts, no mouse."""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import time
from pathlib import Path

import pytest

from tests.journeys.conftest import House

ROWS, COLUMNS = 70, 100


class Terminal:
    """w3m as somebody sits before it: what is on the screen, and keys."""

    def __init__(self, address: str, home: Path, writes: str) -> None:
        editor = home / "editor"
        editor.write_text(f'#!/bin/sh\nprintf "{writes}" > "$1"\n')
        editor.chmod(0o700)
        terminal = {"HOME": str(home), "TERM": "vt100", "LANG": "C.UTF-8"}
        w3m = shutil.which("w3m") or ""
        self.screen, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.child = subprocess.Popen(
            [w3m, "-o", f"editor={editor}", address],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env=os.environ | terminal,
            start_new_session=True,
            # The screen must be its own terminal: w3m reads keys from there.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(inside)
        self.until("Viewing")

    def press(self, keys: str) -> None:
        os.write(self.screen, keys.encode())

    def activate(self, words: str, then: str) -> str:
        """Look for words from the top of the page, press Enter on them, wait for what follows."""
        self.press(f"g/{words}\r")
        self.until(words.split()[0])
        time.sleep(0.5)
        self.press("\r")
        return self.until(then)

    def until(self, words: str) -> str:
        seen, patience = b"", time.monotonic() + 20
        while time.monotonic() < patience:
            if select.select([self.screen], [], [], 0.2)[0]:
                seen += os.read(self.screen, 65536)
            drawn = seen.replace(b"\0", b"")  # what a slow terminal would wait for
            plain = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()].", b" ", drawn).decode(
                errors="replace"
            )
            if words in " ".join(plain.split()):
                return " ".join(plain.split())
        raise AssertionError(f"{words!r} never came: {seen!r}")

    def close(self) -> None:
        self.child.terminate()
        self.child.wait(10)
        os.close(self.screen)


def test_a_report_can_be_made_in_a_text_browser(house: House, tmp_path: Path) -> None:
    if not shutil.which("w3m"):
        pytest.skip("no w3m: install the package `w3m` to report from a text browser")
    terminal = Terminal(f"{house.public}questions/", tmp_path, "Written in a terminal.")
    try:
        terminal.press("/In any language\r")
        time.sleep(0.5)
        terminal.press("\t\r")  # the field below, written in the editor
        time.sleep(1)
        terminal.activate("Rom", "<Întreb")
        terminal.activate("Engl", "<Questions")
        terminal.activate("Check what you wrote", "<Check")
        terminal.press("\f")  # draw all of it, not only what differs
        terminal.until("Written in a terminal.")
        seen = terminal.activate("Send it", "<Code")
    finally:
        terminal.close()
    assert "I have kept it" in seen
