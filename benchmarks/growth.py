"""What does not grow with the inbox: the cost of a callback, the memory of the commands; and how
fast what waits is worked off.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from . import bodies
from .databases import database
from .load import post_for
from .receiving import Scenario, measure
from .server import ROOT, manage, serving

FILL = """
from benchmarks.fill import fill
fill({rows}, due={due}, each={each}, references={references})
"""


def fill(
    env: dict[str, str], rows: int, *, due: bool = False, each: int = 1, references: int = 0
) -> None:
    """Put so many callbacks about videos into the inbox."""
    command = FILL.format(rows=rows, due=due, each=each, references=references)
    manage(env, "shell", "--no-imports", "--command", command)


def growth(
    scenarios: Sequence[Scenario],
    vendor: str,
    sizes: tuple[int, int],
    *,
    rounds: int,
    seconds: float,
) -> Iterator[dict[str, Any]]:
    """What each way of receiving, and the drain, cost on so many rows, against so few."""
    few, many = (
        [*_figures(scenarios, vendor, size, rounds=rounds, seconds=seconds)] for size in sizes
    )
    for (name, at_first), (_, at_last) in zip(few, many, strict=True):
        yield {
            "figure": name,
            "database": vendor,
            "rows": sizes[1],
            "cost": round(at_first / at_last, 2),
        }


def _figures(
    scenarios: Sequence[Scenario], vendor: str, size: int, *, rounds: int, seconds: float
) -> Iterator[tuple[str, float]]:
    with database(vendor) as env:
        fill(env, size)
        for scenario in scenarios:
            found = measure(scenario, env, rounds=rounds, seconds=seconds)
            yield scenario.name, found.ratio
        manage(env, "tavus_process", "--once")  # what the deferred ones left
        yield "tavus_process", median(_drain(env, min(size, 2_000), 1) for _ in range(3))


def drain(rows: int, processes: int) -> dict[str, Any]:
    """Rows per second of so many `tavus_process` at once on PostgreSQL."""
    with database("postgresql") as env:
        return {
            "processes": processes,
            "rows": rows,
            "per_second": round(_drain(env, rows, processes)),
        }


def _drain(env: dict[str, str], rows: int, processes: int) -> float:
    """Rows per second, the start of the processes aside. No row is handled twice."""
    fill(env, rows, due=True)
    command = [sys.executable, "-m", "benchmarks.timed", "tavus_process", "--once"]
    running = [
        subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    answers = [process.communicate()[0].split() for process in running]
    handled = sum(int(words[0]) for words in answers)
    if handled != rows:
        raise RuntimeError(f"{rows} were due, and {handled} were handled.")
    began = min(float(words[-2]) for words in answers)
    ended = max(float(words[-1]) for words in answers)
    return rows / (ended - began)


def memory(vendor: str, rows: int, *commands: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Peak memory of commands over so many callbacks, a hundred about each video, in MiB."""
    with database(vendor) as env:
        fill(env, rows, each=100)
        for command in commands:
            script = [sys.executable, "-m", "benchmarks.peak", *command]
            done = subprocess.run(
                script,
                cwd=ROOT,
                env={**os.environ, **env},
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            yield {
                "command": " ".join(command),
                "database": vendor,
                "rows": rows,
                "peak_mib": int(done.stderr.split()[-1]),
            }


def memory_of_a_worker(transcripts: int) -> dict[str, Any]:
    """Memory of a gunicorn worker after its first callbacks and after so many, in MiB."""
    with database("sqlite") as env:
        path = urlsplit(manage(env, "tavus_url", "--base", "http://127.0.0.1")).path
        body = bodies.transcript()
        with serving(env, program=["gunicorn", "benchmarks.wsgi", "--workers", "1"]) as port:
            posted, figures = 0, []
            for until in (transcripts // 10, transcripts):
                while posted < until:
                    done = post_for(2, port=port, path=path, body=body, connections=4)
                    posted += len(done.latencies)
                figures.append(_resident_mib(_newest_process(port)))
    return {"transcripts": transcripts, "first_mib": figures[0], "last_mib": figures[1]}


def _newest_process(port: int) -> int:
    found = subprocess.run(
        ["pgrep", "--newest", "--full", f"127.0.0.1:{port}"],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(found.stdout)


def _resident_mib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def peak_mib() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
