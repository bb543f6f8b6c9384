"""Programs as a user starts them: as processes of their own, spoken to over sockets."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPException, HTTPResponse
from http.cookiejar import CookieJar
from http.server import ThreadingHTTPServer
from itertools import count
from pathlib import Path
from signal import SIGKILL
from socketserver import BaseRequestHandler
from threading import Condition, Thread
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60
"""Seconds for which a busy machine is waited for."""

_INHERITED = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TMPDIR")


def environment(**variables: str) -> dict[str, str]:
    """A user's environment: nothing of what the test run itself was configured by."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {**inherited, "PYTHONUNBUFFERED": "1", **variables}


def run(*command: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end, however it ends."""
    return subprocess.run(  # noqa: S603 - the tests' own commands
        command,
        cwd=cwd,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
        check=False,
    )


def manage(*arguments: str, cwd: Path = ROOT, python: str = sys.executable, **variables: str):
    return run(python, "manage.py", *arguments, cwd=cwd, **variables)


class Program:
    """A running process, in a process group of its own; a thread reads what it writes."""

    def __init__(self, *command: str, cwd: Path = ROOT, **variables: str) -> None:
        self.output = ""
        self.ended = False
        self.changed = Condition()
        self.process = subprocess.Popen(  # noqa: S603 - the tests' own commands
            command,
            cwd=cwd,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.reader = Thread(target=self._read)
        self.reader.start()

    def read_until(self, pattern: str) -> re.Match[str]:
        """Wait until the output matches. Fails when it ends, or time is up, before that."""

        def matches() -> bool:
            return self.ended or bool(re.search(pattern, self.output))

        with self.changed:
            self.changed.wait_for(matches, PATIENCE)
        found = re.search(pattern, self.output)
        assert found, f"waited in vain for {pattern!r}:\n{self.output}"
        return found

    def stop(self, signal: int) -> int:
        """Send the signal to the whole group, as a terminal does; return the exit code."""
        os.killpg(self.process.pid, signal)
        code = self.process.wait(PATIENCE)
        self.reader.join()
        return code

    def kill(self) -> None:
        """With whatever it started and left behind."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, SIGKILL)
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()

    def _read(self) -> None:
        for line in self.process.stdout:
            with self.changed:
                self.output += line.decode()
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()


@contextmanager
def started(*command: str, cwd: Path = ROOT, **variables: str) -> Iterator[Program]:
    """Killed at the end, should it still run."""
    program = Program(*command, cwd=cwd, **variables)
    try:
        yield program
    finally:
        program.kill()


# Not what the kernel hands out, for there any connection may take a port before its server does.
# Each process begins elsewhere.
_PORTS = range(20_000, 32_000)
_turn = count(397 * os.getpid())


def free_port() -> int:
    """For a server that is about to start."""
    for number in _turn:
        port = _PORTS[number % len(_PORTS)]
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError


def wait_for(port: int, program: Program) -> None:
    """Until it takes connections. Fails when it ends, or time is up, before that."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and program.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    program.kill()
    raise AssertionError(f"nothing answers on port {port}:\n{program.output}")


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


def exchange(url: str, method: str, *sent: bytes, end: bool = False) -> Answer | None:
    """Write to a fresh connection: request line, `Host`, then what is given, headers first.

    `end` closes the sending side afterwards. None when the server closes without an answer.
    """
    parts = urlsplit(url)
    head = f"{method} {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
    with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE) as connection:
        # A server may answer, and close, before it has read everything.
        with suppress(ConnectionError):
            for part in (head.encode(), *sent):
                connection.sendall(part)
            if end:
                connection.shutdown(socket.SHUT_WR)
        with HTTPResponse(connection, method=method) as response:
            try:
                response.begin()
                return Answer(response.status, response.headers, response.read())
            except (ConnectionError, HTTPException):
                return None


def post(url: str, body: bytes, *headers: str) -> Answer | None:
    """As most clients post: with a Content-Length."""
    lines = [f"Content-Length: {len(body)}", "Content-Type: application/json", *headers, "", ""]
    return exchange(url, "POST", "\r\n".join(lines).encode(), body)


class Visitor:
    """A browser without a screen: keeps cookies and follows redirects."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies = CookieJar()
        self.opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> tuple[int, str]:
        return self._open(path)

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        """Post a form, with the CSRF token that the last page brought."""
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        return self._open(path, urlencode({**fields, "csrfmiddlewaretoken": token}).encode())

    def log_in(self, path: str, username: str, password: str) -> bool:
        """Whether the page at `path` took the name and password."""
        self.get(path)
        self.post(path, username=username, password=password)
        return any(cookie.name == "sessionid" for cookie in self.cookies)

    def _open(self, path: str, data: bytes | None = None) -> tuple[int, str]:
        try:
            with self.opener.open(self.base + path, data, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()


@contextmanager
def serving(handler: Callable[..., BaseRequestHandler]) -> Iterator[str]:
    """The origin of a server within the tests' own process, on a free port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
