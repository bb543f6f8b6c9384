"""What does not grow with the inbox: the cost of a callback, the memory of the commands; and how
fast what waits is worked off.
"""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import bodies
from .databases import database
from .load import post_for
from .ratios import Target, compare
from .server import ROOT, manage, serving

FILL = """
from benchmarks.fill import fill
fill({rows}, due={due})
"""


def fill(env: dict[str, str], rows: int, *, due: bool = False) -> None:
    """Put so many callbacks about videos into the inbox."""
    manage(env, "shell", "--no-imports", "--command", FILL.format(rows=rows, due=due))


def growth(vendor: str, sizes: tuple[int, ...], *, rounds: int, seconds: float) -> dict[str, Any]:
    """The ratio to the floor with so many rows in the inbox, for each size."""
    ratios: dict[int, float] = {}
    for size in sizes:
        with database(vendor) as env:
            fill(env, size)
            path = urlsplit(manage(env, "tavus_url", "--base", "http://127.0.0.1")).path
            body = bodies.video()
            with serving(env) as port:
                found = compare(
                    Target(port, path, body),
                    Target(port, "/floor/", body),
                    rounds=rounds,
                    seconds=seconds,
                    connections=8,
                )
            ratios[size] = found.ratio
    costs = {size: round(ratios[sizes[0]] / ratio, 2) for size, ratio in ratios.items()}
    return {"database": vendor, "cost_by_rows": costs}


def drain(rows: int, processes: int) -> dict[str, Any]:
    """Rows per second of so many `tavus_process` at once on PostgreSQL."""
    with database("postgresql") as env:
        fill(env, rows, due=True)
        command = [sys.executable, "manage.py", "tavus_process", "--once"]
        began = time.perf_counter()
        running = [
            subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True
            )
            for _ in range(processes)
        ]
        handled = [int(process.communicate()[0].split()[-2]) for process in running]
        seconds = time.perf_counter() - began
    if sum(handled) != rows:
        raise RuntimeError(f"{rows} were due, and {sum(handled)} were handled.")
    return {"processes": processes, "rows": rows, "per_second": round(rows / seconds)}


def memory_of(vendor: str, rows: int, *command: str) -> dict[str, Any]:
    """Peak memory of a command over so many callbacks, in MiB."""
    with database(vendor) as env:
        fill(env, rows)
        script = [sys.executable, "-m", "benchmarks.peak", *command]
        done = subprocess.run(
            script, cwd=ROOT, env={**os.environ, **env}, check=True, capture_output=True, text=True
        )
    return {
        "command": " ".join(command),
        "database": vendor,
        "rows": rows,
        "peak_mib": int(done.stdout.split()[-1]),
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
