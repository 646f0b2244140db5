"""Has a file made anew by `cleaner`, in a process that cannot take the worker with it."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from daymark.concerns.terms import Media, NoCopy

CLEANER = Path(__file__).with_name("cleaner.py")
PATIENCE = 60
"""Seconds of the clock; the cleaner's own limit counts seconds of work."""

MADE_ANEW = {
    Media.JPEG,
    Media.PNG,
    Media.WEBP,
    Media.GIF,
    Media.HEIC,
    Media.PDF,
    Media.TEXT,
}


@dataclass(frozen=True)
class Copy:
    """What is safe to look at, or why there is nothing."""

    body: bytes = b""
    preview: bytes = b""
    because: NoCopy | None = None


def copy_of(body: bytes, media: Media) -> Copy:
    """The file made anew without whatever else it carried; never raises on a bad file."""
    if media not in MADE_ANEW:
        return Copy(because=NoCopy.KIND)
    # Isolated: no site of the user's, no variable of ours, no folder of ours to import from.
    command = [sys.executable, "-I", str(CLEANER), media]
    try:
        done = subprocess.run(  # noqa: S603 - our own path and a word of ours
            command, input=body, capture_output=True, timeout=PATIENCE, env={}, cwd="/"
        )
    except subprocess.TimeoutExpired:
        return Copy(because=NoCopy.TOO_MUCH)
    head, _, rest = done.stdout.partition(b"\n")
    if done.returncode or not head:
        # Ended by a limit or by the decoder itself; which of the two is the same to the desk.
        return Copy(because=NoCopy.TOO_MUCH if done.returncode < 0 else NoCopy.BROKEN)
    told = json.loads(head)
    if told["because"]:
        return Copy(because=NoCopy(told["because"]))
    end = told["copy"]
    return Copy(body=rest[:end], preview=rest[end : end + told["preview"]])
