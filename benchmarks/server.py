"""Starts the servers and commands that are measured, each on a database of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

GUNICORN = ["gunicorn", "benchmarks.wsgi", "--workers", "2"]


def manage(env: dict[str, str], *args: str) -> str:
    """Run a management command on the benchmark's settings; return what it prints."""
    command = [sys.executable, "manage.py", *args]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **env}, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


@contextmanager
def serving(env: dict[str, str], *options: str, program: list[str] | None = None) -> Iterator[int]:
    """A server on a free port of the loopback interface; yields the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = ["--bind", f"127.0.0.1:{port}", "--backlog", "512", "--log-level", "error"]
    program = program or GUNICORN
    if program[0] == "uvicorn":
        where = ["--port", str(port), "--log-level", "error"]
    with subprocess.Popen(
        [sys.executable, "-m", *program, *where, *options], cwd=ROOT, env={**os.environ, **env}
    ) as process:
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("The server did not start.")
