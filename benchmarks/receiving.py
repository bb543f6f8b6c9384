"""What each way of receiving costs: the first table in docs/performance.md."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from . import bodies
from .databases import database
from .ratios import Ratio, Target, compare
from .server import GUNICORN, manage, serving

CONNECTIONS = 8


@dataclass(frozen=True)
class Scenario:
    """One row of the table. `bound` is the least ratio that is promised, by database."""

    name: str
    dispatcher: str = "inline"
    receiver: bool = False
    body: Callable[[], bodies.Body] = bodies.video
    against: str = "floor"
    """Or `news`: the same way of receiving, of callbacks that are no duplicates."""
    connections: int = CONNECTIONS
    program: tuple[str, ...] = tuple(GUNICORN)
    bound: tuple[tuple[str, float], ...] = ()


VIDEO_BOUNDS = {
    "deferred": (("postgresql", 0.70), ("sqlite", 0.55)),
    "inline": (("postgresql", 0.30), ("sqlite", 0.24)),
}
TRANSCRIPT_BOUNDS = {
    "deferred": (("postgresql", 0.75), ("sqlite", 0.75)),
    "inline": (("postgresql", 0.30), ("sqlite", 0.30)),
}
GTHREAD = ("gunicorn", "benchmarks.wsgi", "--workers", "2", "--threads", "8")
UVICORN = ("uvicorn", "benchmarks.asgi:application", "--workers", "2")

SCENARIOS = [
    Scenario("video, deferred", "deferred", bound=VIDEO_BOUNDS["deferred"]),
    Scenario("video, inline", "inline", bound=VIDEO_BOUNDS["inline"]),
    Scenario("video, inline, one receiver", "inline", receiver=True),
    Scenario(
        "transcript, deferred",
        "deferred",
        body=bodies.transcript,
        bound=TRANSCRIPT_BOUNDS["deferred"],
    ),
    Scenario(
        "transcript, inline", "inline", body=bodies.transcript, bound=TRANSCRIPT_BOUNDS["inline"]
    ),
    Scenario("transcript, inline, one receiver", "inline", receiver=True, body=bodies.transcript),
    Scenario("duplicates of a video, deferred", "deferred", against="news"),
    Scenario("duplicates of a video, inline", "inline", against="news"),
    Scenario("video, inline, 64 connections, gthread", connections=64, program=GTHREAD),
    Scenario("video, inline, 64 connections, uvicorn", connections=64, program=UVICORN),
]


def measure(scenario: Scenario, env: dict[str, str], *, rounds: int, seconds: float) -> Ratio:
    """Run one scenario on a database, and see that every answer is a row."""
    env = env | {
        "BENCH_DISPATCHER": scenario.dispatcher,
        "BENCH_RECEIVER": "1" if scenario.receiver else "",
    }
    url = manage(env, "tavus_url", "--base", "http://127.0.0.1")
    path = urlsplit(url).path
    body = scenario.body()
    before = _rows(env)
    with serving(env, program=list(scenario.program)) as port:
        news = Target(port, path, body)
        ours, floor = news, Target(port, "/floor/", body)
        if scenario.against == "news":
            ours, floor = Target(port, path, bodies.repeated(body)), news
        found = compare(
            ours, floor, rounds=rounds, seconds=seconds, connections=scenario.connections
        )
    kept = _rows(env) - before
    if kept < len(found.latencies):
        raise RuntimeError(f"{len(found.latencies)} were answered with 200, and {kept} are rows.")
    return found


def _rows(env: dict[str, str]) -> int:
    counted = manage(
        env,
        "shell",
        "--no-imports",
        "--command",
        "from tavus_hooks.models import Callback; print(Callback.objects.count())",
    )
    return int(counted.split()[-1])


def report(scenario: Scenario, vendor: str, found: Ratio) -> dict[str, Any]:
    """One row of the table."""
    return {
        "scenario": scenario.name,
        "database": vendor,
        "per_second": round(found.ours),
        "floor_per_second": round(found.floor),
        "ratio": round(found.ratio, 2),
        "lowest": round(found.lowest, 2),
        "highest": round(found.highest, 2),
        "bound": dict(scenario.bound).get(vendor),
        "p50_ms": round(found.percentile(0.50), 1),
        "p95_ms": round(found.percentile(0.95), 1),
        "p99_ms": round(found.percentile(0.99), 1),
    }


def all_scenarios(
    vendors: list[str], only: str, *, rounds: int, seconds: float, sqlite_write_lock: bool = False
) -> Iterator[dict[str, Any]]:
    """Measure what the name asks for; yields one row after the other.

    Each scenario on every database, or `sqlite_write_lock` on one of them.
    """
    for number, scenario in enumerate(SCENARIOS):
        turn = number % len(vendors)
        for vendor in vendors[turn : turn + 1] if sqlite_write_lock else vendors:
            if only in f"{scenario.name}, {vendor}":
                with database(vendor) as env:
                    found = measure(scenario, env, rounds=rounds, seconds=seconds)
                yield report(scenario, vendor, found)
