"""Several runs as the Markdown table and the chart of docs/performance.md.

python -m benchmarks.table docs/performance.svg RESULTS.json ...
"""

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

from .chart import NAMES, chart


def combined(runs: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """For each scenario the median over the runs, and the lowest and highest ratio of any slice."""
    rows = []
    for same in zip(*runs, strict=True):
        first = same[0]
        keys = {(row["scenario"], row["database"]) for row in same}
        if len(keys) != 1:
            raise ValueError(f"The runs do not hold the same scenarios: {keys}")
        rows.append(
            first
            | {
                name: round(median(row[name] for row in same), 2)
                for name in (
                    "per_second",
                    "floor_per_second",
                    "ratio",
                    "p50_ms",
                    "p95_ms",
                    "p99_ms",
                )
            }
            | {
                "medians": sorted(row["ratio"] for row in same),
                "lowest": min(row["lowest"] for row in same),
                "highest": max(row["highest"] for row in same),
            }
        )
    return rows


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """The table."""
    lines = [
        "| Way | Database | Ratio | Per run | Per slice | Bound | /s | p50 | p95 | p99 ms |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['scenario']} | {NAMES[row['database']]} | **{row['ratio']:.2f}** "
        f"| {', '.join(f'{ratio:.2f}' for ratio in row['medians'])} "
        f"| {row['lowest']:.2f} to {row['highest']:.2f} "
        f"| {'' if row['bound'] is None else format(row['bound'], '.2f')} "
        f"| {row['per_second']:.0f} | {row['p50_ms']:.0f} | {row['p95_ms']:.0f} "
        f"| {row['p99_ms']:.0f} |"
        for row in rows
    ]
    return "\n".join(lines)


def main(picture: str, *results: str) -> None:
    """Print the table and write the chart."""
    rows = combined([json.loads(Path(path).read_text())["receiving"] for path in results])
    Path(picture).write_text(chart(rows))
    sys.stdout.write(as_markdown(rows) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
