"""Several processes as one house: they start together, are ready together and stop together."""

import ctypes
import http.client
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import IO, cast
from urllib.parse import urlsplit


class ChildFailed(Exception):
    """A child could not start, was not ready in time, or ended by itself."""


@dataclass(frozen=True)
class Child:
    """One process of the house.

    `environment` is the whole of it, so that no child inherits another's secrets (None: ours).
    It is ready when `ready`, a URL, answers below 400, or when `ready`, a callable, says so.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    ready: str | Callable[[], bool] | None = None


def run(
    children: Sequence[Child],
    *,
    on_ready: Callable[[], None] = lambda: None,
    watch: Callable[[], None] = lambda: None,
    ready_timeout: float = 60.0,
    stop_timeout: float = 10.0,
) -> None:
    """Run `children` until Ctrl-C, SIGTERM or SIGHUP, then stop them all and return.

    `on_ready` is called once every child is ready. A child that ends by itself, or `watch`
    (called every second) raising, stops all the others and is raised here. Nothing is
    restarted. Call it from the main thread: the children are killed when it dies.
    """
    for child in children:
        _refuse_taken_port(child)
    house: list[_Running] = []
    with _requests_to_stop() as requests:
        try:
            for child in children:
                house.append(_Running.start(child, max(len(each.name) for each in children)))
            _keep(house, requests, on_ready, watch, ready_timeout)
        finally:
            _stop(house, requests, stop_timeout)


def follow_parent(number: signal.Signals) -> Callable[[], None] | None:
    """For `preexec_fn`: have the kernel send `number` when the parent dies, even by kill -9.

    It runs after the change of user, which would undo it, and between fork and exec, where
    only what was loaded before may be called.
    """
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(1, int(number), 0, 0, 0)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return ask


@dataclass
class _Running:
    child: Child
    process: "subprocess.Popen[bytes]"
    output: IO[bytes]
    prefix: str
    partial: bytes = b""
    ready: bool = field(default=False)

    @classmethod
    def start(cls, child: Child, width: int) -> "_Running":
        environment = os.environ if child.environment is None else child.environment
        try:
            process = subprocess.Popen(  # noqa: S603 - the house's own commands, no shell
                child.command,
                env={**environment, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the terminal's Ctrl-C reaches us alone, and we stop it
                # Not SIGTERM: without its database a worker would wait for it before ending.
                preexec_fn=follow_parent(signal.SIGKILL),
            )
        except OSError as reason:
            raise ChildFailed(f"{child.name} could not start: {reason}") from reason
        output = cast("IO[bytes]", process.stdout)
        os.set_blocking(output.fileno(), False)
        return cls(child, process, output, f"{child.name:<{width}} | ")

    def ending(self) -> str | None:
        """How it ended, or None while it runs; it is not reaped, so its group keeps its number."""
        found = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return None
        if found.si_code == os.CLD_EXITED:
            return f"exit status {found.si_status}"
        return signal.Signals(found.si_status).name

    def check_ready(self) -> bool:
        if not self.ready:
            wanted = self.child.ready
            self.ready = _answers(wanted) if isinstance(wanted, str) else not wanted or wanted()
        return self.ready

    def forward(self) -> bool:
        """Print the lines it has written; False when there is nothing more to read for now."""
        try:
            chunk = os.read(self.output.fileno(), 65536)
        except BlockingIOError:
            return False
        *lines, self.partial = (self.partial + chunk).split(b"\n")
        self._print(lines)
        return bool(chunk)

    def finish(self) -> None:
        """Kill what is left of its group, itself included, and reap it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        while self.forward():
            pass
        self._print([self.partial] if self.partial else [])
        self.output.close()

    def _print(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            print(f"{self.prefix}{line.decode(errors='replace')}", flush=True)


def _keep(
    house: Sequence[_Running],
    requests: Sequence[float],
    on_ready: Callable[[], None],
    watch: Callable[[], None],
    ready_timeout: float,
) -> None:
    opened = False
    ready_by = time.monotonic() + ready_timeout
    next_look = 0.0
    with _outputs(house) as outputs:
        while not requests:
            _forward(outputs)
            for each in house:
                if ending := each.ending():
                    watch()  # it may have fallen over what is watched: then that is the news
                    raise ChildFailed(f"{each.child.name} ended by itself ({ending}).")
            if time.monotonic() >= next_look:
                watch()
                next_look = time.monotonic() + 1
            if not opened:
                late = [each.child.name for each in house if not each.check_ready()]
                if not late:
                    opened = True
                    on_ready()
                elif time.monotonic() > ready_by:
                    raise ChildFailed(f"Not ready in {ready_timeout:g} s: {', '.join(late)}.")


def _stop(house: Sequence[_Running], requests: Sequence[float], timeout: float) -> None:
    """Ask each child to stop, wait, then kill; who asks again a second later waits no more."""
    begun = time.monotonic()
    for each in house:
        # The leader alone: it knows how to end its own. Not Popen's own way, which would reap it.
        os.kill(each.process.pid, signal.SIGTERM)
    try:
        with _outputs(house) as outputs:
            while any(each.ending() is None for each in house):
                if time.monotonic() > begun + timeout or (requests and requests[-1] > begun + 1):
                    break
                _forward(outputs)
    finally:
        for each in house:
            each.finish()


@contextmanager
def _requests_to_stop() -> Iterator[list[float]]:
    """When the house was asked to stop, so far."""
    received: list[float] = []

    def receive(_number: int, _frame: FrameType | None) -> None:
        received.append(time.monotonic())

    wanted = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup means what it says
        wanted.append(signal.SIGHUP)
    before = {number: signal.signal(number, receive) for number in wanted}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _outputs(house: Sequence[_Running]) -> Iterator[selectors.BaseSelector]:
    with selectors.DefaultSelector() as outputs:
        for each in house:
            outputs.register(each.output, selectors.EVENT_READ, each)
        yield outputs


def _forward(outputs: selectors.BaseSelector) -> None:
    """Print what the children said in the next tenth of a second, each line with its name."""
    if not outputs.get_map():
        time.sleep(0.1)
    for key, _ in outputs.select(0.1):
        if not key.data.forward():  # readable and yet nothing there: it closed its output
            outputs.unregister(key.fileobj)


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    # Not urllib: a proxy set for the machine would be asked for our own address.
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=1)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _refuse_taken_port(child: Child) -> None:
    """Else the stranger on the port would answer for a child that cannot have it."""
    if not isinstance(child.ready, str):
        return
    parts = urlsplit(child.ready)
    with suppress(OSError), socket.create_connection((parts.hostname, parts.port), timeout=1):
        raise ChildFailed(f"Port {parts.port}, meant for {child.name}, is taken already.")
