"""`make bench`: measures, prints a table, and writes it as JSON and as an SVG chart.

python -m benchmarks [--short] [--only TEXT] [--settings] [--indexes] [--growth] [--out FOLDER]
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .chart import chart
from .connections import CHOICES, measure_choices
from .databases import available
from .growth import drain, growth, memory, memory_of_a_worker
from .indexes import CHOICES as INDEXES
from .indexes import measure_indexes
from .receiving import CONNECTIONS, SCENARIOS, all_scenarios

SIZES = (1_000, 1_000_000)
RECEIVER = ", one receiver"
LEAST_WITH_A_RECEIVER = 0.7
MOST_GROWTH = 1.3
COMMANDS = (("tavus_rebuild",), ("tavus_export",), ("tavus_prune", "--older-than", "90d"))


def main() -> int:
    """Measure what is asked for. 1 when a bound does not hold."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="only see that it works")
    parser.add_argument("--only", default="", help="scenarios whose name holds this text")
    parser.add_argument("--settings", action="store_true", help="also settings of the connection")
    parser.add_argument("--indexes", action="store_true", help="also the indexes of the inbox")
    parser.add_argument("--growth", action="store_true", help="also what needs a million rows")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    rounds, seconds = (1, 0.3) if options.short else (7, 1.5)
    say(
        f"{'scenario':42} {'database':11} {'/s':>6} {'floor':>6} {'ratio':>6} {'spread':>11} "
        f"{'bound':>6} {'p50':>7} {'p95':>7} {'p99 ms':>7}"
    )
    rows = []
    vendors = available()
    for row in all_scenarios(
        vendors, options.only, rounds=rounds, seconds=seconds, sqlite_write_lock=options.short
    ):
        rows.append(row)
        say(as_line(row))
    found: dict[str, Any] = {"receiving": rows}
    if options.settings:
        found["settings"] = []
        choices = CHOICES[:: len(CHOICES) - 1] if options.short else CHOICES
        for row in measure_choices(choices, vendors, rounds=rounds, seconds=seconds):
            found["settings"].append(row)
            say(str(row))
    if options.indexes:
        found["indexes"] = []
        for row in what_indexes_cost(vendors, short=options.short):
            found["indexes"].append(row)
            say(str(row))
    if options.growth:
        found |= what_grows(short=options.short)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "results.json").write_text(json.dumps(found, indent=2) + "\n")
    (options.out / "chart.svg").write_text(chart(rows))
    broken = list(out_of_bounds(found))
    for line in broken:
        say(line)
    return 1 if broken and not options.short else 0


def out_of_bounds(found: dict[str, Any]) -> Iterator[str]:
    """What does not hold: a ratio below its bound, or a cost that grows with the inbox."""
    ratios = {(row["scenario"], row["database"]): row["ratio"] for row in found["receiving"]}
    for (scenario, database), ratio in ratios.items():
        without = ratios.get((scenario.removesuffix(RECEIVER), database), 0)
        if ratio < without * LEAST_WITH_A_RECEIVER:
            yield f"more than 30 % below the same without it: {scenario} on {database}"
    for row in found["receiving"]:
        if row["bound"] is not None and row["ratio"] < row["bound"]:
            yield f"below its bound: {row['scenario']} on {row['database']}"
    for row in found.get("indexes", ()):
        if row["bound"] is not None and row["ratio"] < row["bound"]:
            yield f"indexes of lists cost too much: {row['dispatcher']} on {row['database']}"
    for row in found.get("growth", ()):
        if row["cost"] > MOST_GROWTH:
            yield f"costs more on many rows: {row['figure']} on {row['database']}"


def what_indexes_cost(vendors: list[str], *, short: bool) -> Iterator[dict[str, Any]]:
    """One row for each of them, and for those of the lists together."""
    if short:
        return measure_indexes(INDEXES[-1:], vendors[-1:], 1_000, rounds=1, seconds=0.3)
    return measure_indexes(INDEXES, vendors, 100_000, rounds=150, seconds=0.2)


def what_grows(*, short: bool) -> dict[str, Any]:
    """The drain, the growth, the memory."""
    sizes = (100, 1_000) if short else SIZES
    rounds, seconds = (1, 0.3) if short else (5, 1.5)
    found: dict[str, Any] = {"drain": [], "growth": [], "memory": []}
    vendors = available()
    for processes in (1, 2, 4) if "postgresql" in vendors else ():
        found["drain"].append(drain(200 if short else 6_000, processes))
        say(str(found["drain"][-1]))
    scenarios = [scenario for scenario in SCENARIOS if scenario.connections == CONNECTIONS]
    for vendor in vendors[-1:] if short else vendors:
        chosen = scenarios[:1] if short else scenarios
        for row in growth(chosen, vendor, sizes, rounds=rounds, seconds=seconds):
            found["growth"].append(row)
            say(str(row))
    for rows in sizes:
        for row in memory(vendors[-1], rows, *COMMANDS):
            found["memory"].append(row)
            say(str(row))
    found["worker"] = memory_of_a_worker(40 if short else 10_000)
    say(str(found["worker"]))
    return found


def as_line(row: dict[str, Any]) -> str:
    """A row of the table as text."""
    spread = f"{row['lowest']:.2f}-{row['highest']:.2f}"
    bound = "" if row["bound"] is None else f"{row['bound']:.2f}"
    return (
        f"{row['scenario']:42} {row['database']:11} {row['per_second']:6} "
        f"{row['floor_per_second']:6} {row['ratio']:6.2f} {spread:>11} {bound:>6} "
        f"{row['p50_ms']:7} {row['p95_ms']:7} {row['p99_ms']:7}"
    )


def say(line: str) -> None:
    """Print at once: a run takes minutes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
