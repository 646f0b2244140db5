import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daymark.site import processes
from daymark.site.cluster import ensure
from daymark.site.processes import Child, ChildFailed, run

SOURCE = str(Path(processes.__file__).parents[2])
SAYS_READY = "import sys, time; print('hello'); time.sleep(600)"


def python(name: str, program: str, **options: object) -> Child:
    return Child(name, [sys.executable, "-c", textwrap.dedent(program)], **options)  # type: ignore[arg-type]


def ask_to_stop() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def wait_until(true: Callable[[], bool], seconds: float = 10) -> bool:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if true():
            return True
        time.sleep(0.02)
    return False


def server_on(port: int) -> str:
    return f"""
        import http.server, socketserver
        socketserver.TCPServer.allow_reuse_address = True
        http.server.HTTPServer(("127.0.0.1", {port}),
                               http.server.SimpleHTTPRequestHandler).serve_forever()
    """


def test_it_opens_when_every_child_is_ready_and_not_before() -> None:
    port, said = free_port(), threading.Event()
    asked: list[float] = []

    def second_time_lucky() -> bool:
        asked.append(time.monotonic())
        return len(asked) > 1

    def opened() -> None:
        with socket.create_connection(("127.0.0.1", port)):
            said.set()
        ask_to_stop()

    web = python("web", server_on(port), ready=f"http://127.0.0.1:{port}/")
    run([web, python("worker", SAYS_READY, ready=second_time_lucky)], on_ready=opened)
    assert said.is_set()
    assert len(asked) == 2


def test_each_line_carries_the_name_of_its_child(capfd: pytest.CaptureFixture[str]) -> None:
    chatty = python(
        "worker",
        """
        import os, time
        os.write(1, b"one\\ntwo \\xff")
        time.sleep(0.2)
        os.write(2, b"half\\nlast words without an end")
        """,
    )
    with pytest.raises(ChildFailed):
        run([chatty, python("web", SAYS_READY)])
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("worker")]
    assert lines == [
        "worker | one",
        "worker | two \ufffdhalf",
        "worker | last words without an end",
    ]


@pytest.mark.parametrize(
    ("program", "told"),
    [("raise SystemExit(3)", "exit status 3"), ("import os; os.abort()", "SIGABRT")],
)
def test_a_child_that_ends_takes_the_house_down(program: str, told: str, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    other = python("web", f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid()))\n"
                          "time.sleep(600)")  # fmt: skip
    failing = python("worker", f"import os, time\nwhile not os.path.exists({str(pid)!r}):\n"
                               f"    time.sleep(0.01)\n{program}")  # fmt: skip
    with pytest.raises(ChildFailed, match=rf"worker ended by itself \({told}\)"):
        run([other, failing])
    assert not alive(int(pid.read_text()))


class FloodError(Exception):
    pass


def test_what_is_watched_takes_the_house_down() -> None:
    def watch() -> None:
        raise FloodError

    with pytest.raises(FloodError):
        run([python("web", SAYS_READY)], watch=watch)


def test_a_child_that_fell_over_what_is_watched_is_not_the_news(tmp_path: Path) -> None:
    looked, flood = tmp_path / "looked", tmp_path / "flood"

    def watch() -> None:
        looked.touch()
        if flood.exists():
            raise FloodError

    web = python(
        "web",
        f"""
        import os, time
        while not os.path.exists({str(looked)!r}):
            time.sleep(0.01)
        open({str(flood)!r}, "w").close()
        raise SystemExit(1)
        """,
    )
    with pytest.raises(FloodError):
        run([web], watch=watch)


def test_a_child_never_ready_is_named() -> None:
    slow = python("web", SAYS_READY, ready=lambda: False)
    with pytest.raises(ChildFailed, match=r"Not ready in 0\.2 s: web"):
        run([slow, python("worker", SAYS_READY)], ready_timeout=0.2)


def test_a_command_that_does_not_exist_is_named() -> None:
    with pytest.raises(ChildFailed, match="web could not start"):
        run([Child("web", ["/nowhere/at/all"])])


def test_a_taken_port_is_named_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        web = python("web", SAYS_READY, ready=f"http://127.0.0.1:{port}/")
        with pytest.raises(ChildFailed, match=f"Port {port}, meant for web, is taken"):
            run([web])


def test_a_proxy_of_the_machine_is_not_asked_for_our_own_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    port = free_port()
    web = python("web", server_on(port), ready=f"http://127.0.0.1:{port}/")
    run([web], on_ready=ask_to_stop, ready_timeout=10)


def test_a_child_that_will_not_stop_is_killed_with_its_own_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    stubborn = python(
        "web",
        f"""
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = os.fork()
        if child:
            open({str(pids)!r} + ".part", "w").write(f"{{os.getpid()}} {{child}}")
            os.rename({str(pids)!r} + ".part", {str(pids)!r})
        time.sleep(600)
        """,
        ready=pids.exists,
    )
    run([stubborn], on_ready=ask_to_stop, stop_timeout=0.3)
    # Killed is killed, but a busy machine takes a moment to bury an orphan.
    assert wait_until(lambda: not any(alive(int(pid)) for pid in pids.read_text().split()))


def test_asking_again_a_second_later_ends_the_waiting(tmp_path: Path) -> None:
    deaf = tmp_path / "deaf"
    stubborn = python(
        "web",
        f"""
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        open({str(deaf)!r}, "w").close()
        time.sleep(600)
        """,
        ready=deaf.exists,
    )
    again = threading.Timer(1.5, ask_to_stop)

    def opened() -> None:
        again.start()
        ask_to_stop()

    begun = time.monotonic()
    run([stubborn], on_ready=opened, stop_timeout=60)
    again.join()
    assert time.monotonic() - begun < 20


def test_a_child_is_given_no_environment_but_its_own(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DAYMARK_KEY_RING", "the partner's")
    shows = python("public", "import os; print(sorted(os.environ))", environment={"ITS": "own"})
    with pytest.raises(ChildFailed):
        run([shows])
    assert "DAYMARK_KEY_RING" not in capfd.readouterr().out


# --- the whole house: a database, a gunicorn with workers, a worker


LAST_WORDS = """
    import psycopg, signal, sys, time

    def finish(*_):
        time.sleep(0.5)  # as long as a job may still take
        with psycopg.connect(sys.argv[1]) as database, open(sys.argv[2], "w") as out:
            out.write(str(database.execute("SELECT 'done'").fetchone()[0]))
        raise SystemExit

    signal.signal(signal.SIGTERM, finish)
    open(sys.argv[3], "w").close()
    time.sleep(600)
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    (tmp_path / "page.py").write_text(
        "def page(environ, start):\n    start('200 OK', [])\n    return [b'open']\n"
    )
    port = free_port()
    program = f"""
        import sys
        from pathlib import Path
        from daymark.site.cluster import ensure
        from daymark.site.processes import Child, run
        here = Path({str(tmp_path)!r})
        gunicorn = [sys.executable, "-m", "gunicorn", "--workers", "2", "--threads", "2",
                    "--no-control-socket", "--graceful-timeout", "3", "--chdir", str(here),
                    "--bind", "127.0.0.1:{port}", "page:page"]
        with ensure(here / "data", fast=True) as database:
            worker = [sys.executable, "-c", {textwrap.dedent(LAST_WORDS)!r}, database.admin_url,
                      str(here / "last words"), str(here / "listening")]
            run([Child("web", gunicorn, ready="http://127.0.0.1:{port}/"),
                 Child("worker", worker, ready=(here / "listening").exists)],
                on_ready=lambda: print("open", flush=True), watch=database.watch)
    """
    started = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "PYTHONPATH": SOURCE},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with started:
        assert started.stdout
        said = []
        for line in started.stdout:
            said.append(line)
            if line == "open\n":
                break
        else:
            pytest.fail("".join(said))
        yield started
        started.kill()


def family(pid: int) -> set[int]:
    """`pid` and everything that descends from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {pid}.union(*(family(int(child)) for child in children))


def test_ctrl_c_stops_all_of_it(house: "subprocess.Popen[str]", tmp_path: Path) -> None:
    everybody = family(house.pid)
    assert len(everybody) > 8, "supervisor, gunicorn and its workers, worker, PostgreSQL's own"
    os.killpg(house.pid, signal.SIGINT)  # the terminal tells everybody in the foreground
    assert house.wait(20) == 0
    assert wait_until(lambda: not any(alive(pid) for pid in everybody), 2)
    assert not (tmp_path / "data" / "postgres").exists()
    assert (tmp_path / "last words").read_text() == "done", "the database went before the worker"


def test_nothing_outlives_a_killed_supervisor(
    house: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    everybody = family(house.pid)
    house.kill()
    assert wait_until(lambda: not any(alive(pid) for pid in everybody), 20)
    with ensure(tmp_path / "data", fast=True) as again:
        assert again.running()


def test_not_even_a_deaf_child_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    deaf = f"""
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with open({str(pid)!r}, "w") as out:
            out.write(str(os.getpid()))
        time.sleep(600)
    """
    program = f"""
        import sys
        from daymark.site.processes import Child, run
        run([Child("deaf", [sys.executable, "-c", {textwrap.dedent(deaf)!r}])])
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": SOURCE}) as supervisor:
        assert wait_until(lambda: pid.exists() and pid.read_text() != "")
        supervisor.kill()
    assert wait_until(lambda: not alive(int(pid.read_text())))


def test_a_killed_database_takes_the_house_down_and_is_named(
    house: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    everybody = family(house.pid)
    pid_file = tmp_path / "data" / "postgres" / "postmaster.pid"
    os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
    said, _ = house.communicate(timeout=20)
    assert house.returncode == 1
    assert "PostgreSQL has stopped" in said
    assert wait_until(lambda: not any(alive(pid) for pid in everybody), 20)
