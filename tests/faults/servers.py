"""Databases and a Redis of one's own: started for the tests on free ports, gone with them.

Whatever else runs on the machine is left alone: these may be restarted and flushed.
"""

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from signal import SIGCONT, SIGINT, SIGKILL, SIGQUIT, SIGSTOP, SIGTERM
from typing import Any

import pytest

from tests.running import PATIENCE, Program, free_port, run, wait_for

STRICT = os.environ.get("CI") == "true"
"""Whether a missing server fails the run, as on a build machine."""


def missing(what: str):
    if STRICT:
        pytest.fail(f"{what} is not here, and may not be where CI=true")
    pytest.skip(f"{what} is not here")


def program(name: str, *folders: str) -> str:
    """Its path; skips the test when there is none."""
    where = [*folders, *os.environ["PATH"].split(os.pathsep), "/usr/sbin"]
    found = shutil.which(name, path=os.pathsep.join(where))
    return found or missing(name)


def driver(module: str) -> None:
    if find_spec(module) is None:
        missing(module)


class Server:
    """A server with a folder and a port of its own."""

    owner = ""
    """Who must run it where the tests run as root, who may not."""
    stops_by = SIGTERM
    crashes_by = SIGKILL
    charset = ""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.running: Program | None = None
        if self.owner and os.geteuid() == 0:
            shutil.chown(home, self.owner)
        self.prepare()
        self.start()

    def prepare(self) -> None:
        """Make what it needs in its folder."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def as_owner(self, *command: str) -> list[str]:
        if not self.owner or os.geteuid() != 0:
            return list(command)
        ids = (f"--reuid={self.owner}", f"--regid={self.owner}", "--init-groups")
        return [program("setpriv"), *ids, *command]

    def start(self) -> None:
        self.running = Program(*self.as_owner(*self.command()), cwd=self.home)
        wait_for(self.port, self.running)
        self.until_it_answers()

    def until_it_answers(self) -> None:
        """It takes connections before it answers, while it repairs what a crash left behind."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.ask()
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def ask(self) -> None:
        socket.create_connection(("127.0.0.1", self.port), timeout=1).close()

    def stop(self) -> None:
        """In good order."""
        self._end(self.stops_by)

    def crash(self) -> None:
        """Without any time to tidy up."""
        self._end(self.crashes_by)

    def _end(self, signal: int) -> None:
        os.kill(self.running.process.pid, signal)
        self.running.process.wait(PATIENCE)
        self.running.kill()
        self.running = None

    def close(self) -> None:
        if self.running is not None:
            self.crash()


class PostgreSQL(Server):
    owner = "postgres"
    stops_by = SIGINT
    crashes_by = SIGQUIT

    def program(self, name: str) -> str:
        folders = Path("/usr/lib/postgresql").glob("*/bin")
        newest = sorted(folders, key=lambda folder: float(folder.parent.name), reverse=True)
        return program(name, *map(str, newest))

    def prepare(self) -> None:
        driver("psycopg")
        arguments = ("--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8")
        data = str(self.home / "data")
        made = run(*self.as_owner(self.program("initdb"), *arguments, data), cwd=self.home)
        assert made.returncode == 0, made.stderr

    def command(self) -> list[str]:
        return [
            self.program("postgres"),
            f"-D{self.home / 'data'}",
            f"-p{self.port}",
            "-clisten_addresses=127.0.0.1",
            f"-cunix_socket_directories={self.home}",
        ]

    def ask(self) -> None:
        self.execute("select 1")

    def execute(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def url(self, name: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"


class MariaDB(Server):
    owner = "mysql"
    charset = "character set utf8mb4"

    def prepare(self) -> None:
        driver("MySQLdb")
        made = run(
            program("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={self.home / 'data'}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            *(["--user=mysql"] if os.geteuid() == 0 else []),
            cwd=self.home,
        )
        assert made.returncode == 0, made.stderr

    def command(self) -> list[str]:
        return [
            program("mariadbd"),
            "--no-defaults",
            f"--datadir={self.home / 'data'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--socket={self.home / 'socket'}",
            f"--pid-file={self.home / 'pid'}",
        ]

    def ask(self) -> None:
        self.execute("select 1")

    def execute(self, sql: str, database: str = "mysql") -> list[tuple[Any, ...]]:
        import MySQLdb

        where = {"host": "127.0.0.1", "port": self.port, "user": "root", "database": database}
        with closing(MySQLdb.connect(**where)) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def url(self, name: str) -> str:
        return f"mysql://root@127.0.0.1:{self.port}/{name}"


class Redis(Server):
    def command(self) -> list[str]:
        return [
            program("redis-server"),
            f"--port {self.port}",
            "--bind 127.0.0.1",
            '--save ""',
            "--appendonly no",
            f"--dir {self.home}",
        ]

    def ask(self) -> None:
        assert self.say("PING") == "+PONG"

    def flush(self) -> None:
        assert self.say("FLUSHALL") == "+OK"

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """It takes connections and does not answer."""
        os.kill(self.running.process.pid, SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.running.process.pid, SIGCONT)

    def say(self, command: str) -> str:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(1000).decode().strip()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def own(kind: type[Server]) -> Iterator[Server]:
    # Not below pytest's folder, which only its user may enter.
    home = Path(tempfile.mkdtemp(prefix=f"tavus-hooks-{kind.__name__.lower()}-"))
    server = None
    try:
        server = kind(home)
        yield server
    finally:
        if server is not None:
            with suppress(ProcessLookupError):
                server.close()
        shutil.rmtree(home, ignore_errors=True)
