"""A site on a database of its own, its processes, and what may be said of it afterwards."""

import hashlib
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM
from threading import Lock
from typing import Any, NamedTuple

from tests.running import PATIENCE, Answer, Program, free_port, manage, post, run, started, wait_for

CLIENTS = 8


class Sent(NamedTuple):
    """A body that was posted once, and what came back: None when nothing did."""

    body: bytes
    answer: Answer | None

    @property
    def status(self) -> int | None:
        return self.answer and self.answer.status

    @property
    def pk(self) -> int:
        return json.loads(self.answer.body)["callback"]


@dataclass
class Site:
    """A host's site. `settings` go into its `TAVUS_HOOKS`, `variables` into its environment."""

    home: Path
    database: str
    """The database's name, for the figures."""
    database_url: str
    query: Callable[[str], list[tuple[Any, ...]]]
    settings: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        return {
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": self.database_url,
            "DEBUG": "0",
            "DJANGO_SETTINGS_MODULE": "tests.faults.site.settings",
            "FAULTS_HOME": str(self.home),
            "FAULTS_TAVUS_HOOKS": json.dumps(self.settings),
            "HOME": str(self.home),  # gunicorn leaves files there
            "SECRET_KEY": "k" * 60,
            "SECURE_SSL_REDIRECT": "0",
            "TAVUS_HOOKS_SECRETS": "s" * 60,
            **self.variables,
        }

    def manage(self, *arguments: str) -> str:
        done = manage(*arguments, **self.environment())
        assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, *command: str):
        return started(sys.executable, *command, **self.environment())

    @contextmanager
    def web(
        self,
        *,
        workers: int = 2,
        threads: int = 4,
        timeout: int = 2 * PATIENCE,
        worker_class: str = "sync",
    ) -> Iterator["Web"]:
        port = free_port()
        given = {
            "bind": f"127.0.0.1:{port}",
            "workers": workers,
            "threads": threads,
            "timeout": timeout,
            "worker-class": worker_class,
        }
        options = (f"--{name}={value}" for name, value in given.items())
        with self.start("-m", "gunicorn", "project.wsgi", *options) as program:
            wait_for(port, program)
            base = f"http://127.0.0.1:{port}"
            yield Web(self, program, self.manage("tavus_url", "--base", base).strip())
            program.stop(SIGTERM)

    def loop(self):
        return self.start("manage.py", "tavus_process", "--loop", "--interval=0.1")

    def loop_until_done(self) -> int:
        """`tavus_process --loop`, started again whenever it is killed; return how often it was."""
        killed = 0
        while True:
            with self.loop() as loop:
                until(lambda loop=loop: loop.ended or not self.unfinished(), every=0.3)
                if not loop.ended:
                    assert loop.stop(SIGTERM) == 0, loop.output
                    return killed
                assert loop.process.wait() == -SIGKILL, loop.output
                killed += 1

    def process_until_done(self) -> None:
        """As cron would: `--once`, again and again."""

        def done() -> bool:
            self.manage("tavus_process", "--once")
            return not self.unfinished()

        until(done, lambda: f"{self.unfinished()} still unfinished", every=0.5)

    def unfinished(self) -> int:
        """How many callbacks something is left to do for, now or later."""
        sql = "select count(*) from tavus_hooks_callback where due_at is not null"
        return self.query(sql)[0][0]

    def rows(self) -> list[dict[str, Any]]:
        return self.report()["rows"]

    def report(self) -> dict[str, Any]:
        done = run(sys.executable, "-m", "tests.faults.site.report", **self.environment())
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def told(self) -> dict[int, Counter[tuple[str, str]]]:
        """How often each receiver of each signal saw which callback to its end."""
        found: dict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
        for pk, signal, receiver, _ in self.ledger():
            found[int(pk)][signal, receiver] += 1
        return found

    def ledger(self) -> list[list[str]]:
        return [line.split() for line in self.lines("ledger")]

    def lines(self, name: str) -> list[str]:
        """What the site's processes wrote into that file."""
        path = self.home / name
        return path.read_text().splitlines() if path.exists() else []

    def ended(self) -> Counter[str]:
        """How many processes were killed at which point."""
        names = (path.name for path in self.home.glob("ended-*"))
        return Counter(name.removeprefix("ended-").rpartition("-")[0] for name in names)


@dataclass
class Web:
    site: Site
    program: Program
    url: str

    def post(self, body: bytes) -> Sent:
        sent = Sent(body, post(self.url, body))
        self.site.sent.append(sent)
        return sent

    def post_all(self, bodies: Iterable[bytes]) -> None:
        """By several clients at once. None of them sends anything twice."""
        remaining, taking = iter(bodies), Lock()

        def client() -> None:
            while True:
                with taking:
                    body = next(remaining, None)
                if body is None:
                    return
                if self.post(body).status != 200:
                    time.sleep(0.05)

        with ThreadPoolExecutor(CLIENTS) as pool:
            for done in [pool.submit(client) for _ in range(CLIENTS)]:
                done.result()


def until(
    true: Callable[[], object], otherwise: Callable[[], str] = lambda: "", *, every: float = 0.1
) -> None:
    """Wait for it, long enough for any machine."""
    deadline = time.monotonic() + 3 * PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"waited in vain; {otherwise()}"
        time.sleep(every)


@dataclass
class Figures:
    """What was found to be true of a site when all was over, in numbers."""

    posted: int
    answered: int
    refused: int
    unanswered: int
    rows: int
    duplicates: int
    handled: int
    abandoned: int
    told_once: int
    told_again: int
    processes: int
    killed: int


def examined(site: Site) -> Figures:
    """Asserts what is promised, and counts."""
    rows = {row["pk"]: row for row in site.rows()}
    _kept(site, rows)
    finished = Counter(_finished(row) for row in rows.values())
    told = _told(site, rows)
    return Figures(
        posted=len(site.sent),
        answered=sum(sent.status == 200 for sent in site.sent),
        refused=sum(sent.status not in (200, None) for sent in site.sent),
        unanswered=sum(sent.status is None for sent in site.sent),
        rows=len(rows),
        duplicates=finished["duplicate"],
        handled=finished["handled"],
        abandoned=finished["abandoned"],
        told_once=told["once"],
        told_again=told["again"],
        processes=len({pid for *_, pid in site.ledger()}),
        killed=site.ended().total() + len(site.lines("killed")),
    )


def _kept(site: Site, rows: dict[int, dict[str, Any]]) -> None:
    """Every 2xx has its row with the exact bytes, and there is no row that nobody sent."""
    answered = [sent for sent in site.sent if sent.status == 200]
    assert len({sent.pk for sent in answered}) == len(answered), "two answers name one row"
    for sent in answered:
        assert sent.pk in rows, f"answered 200, and not there: {sent}"
        assert rows[sent.pk]["body"] == _digest(sent.body), f"not as it was sent: {sent}"
    pks = {sent.pk for sent in answered}
    others = Counter(
        row["body"] for row in rows.values() if row["pk"] not in pks and not row["internal"]
    )
    unanswered = Counter(_digest(sent.body) for sent in site.sent if sent.status != 200)
    assert others <= unanswered, "rows that nobody sent, or twice what was sent once"


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _finished(row: dict[str, Any]) -> str:
    assert not row["due"], f"left undone: {row}"
    if any(failure["abandoned"] for failure in row["failures"]):
        return "abandoned"
    assert not row["failures"], f"neither retried nor abandoned: {row}"
    if row["duplicate"]:
        return "duplicate"
    assert row["applied"], f"not applied: {row}"
    assert row["handled"], f"not handled: {row}"
    return "handled"


def _told(site: Site, rows: dict[int, dict[str, Any]]) -> Counter[str]:
    """Each receiver saw each callback: once if it was claimed once, else at least once."""
    told = site.told()
    assert told.keys() <= rows.keys(), "told of what is not kept"
    counts: Counter[str] = Counter()
    for pk, row in rows.items():
        if row["duplicate"]:
            assert not told[pk], f"a duplicate was told: {row}"
            continue
        if any(failure["abandoned"] for failure in row["failures"]):
            continue
        expected = _listening(row)
        assert told[pk].keys() == expected, f"{row} was told to {dict(told[pk])}"
        again = sum(times > 1 for times in told[pk].values())
        assert row["attempts"] > 1 or not again, f"{row}, never retried, was told {told[pk]}"
        counts["again"] += again
        counts["once"] += len(expected) - again
    return counts


def _listening(row: dict[str, Any]) -> set[tuple[str, str]]:
    """Signals and receivers, as the site connects them."""
    of_all = {("callback_received", name) for name in ("first", "unsteady", "second")}
    of_kind = {(row["signal"], "named")} if row["signal"] else set()
    return of_kind if row["internal"] else of_all | of_kind
