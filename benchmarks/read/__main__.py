"""`make bench-read`: asks for everything that can be read, at two sizes, and compares the times.

python -m benchmarks.read [--sizes 10000,1000000] [--database URL] [--bound 1.5] [--report]
                          [--count] [--only TEXT] [--turns NUMBER] [--keep] [--out FOLDER]
"""

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..server import ROOT
from .one import NAME
from .report import MILLISECONDS, Answers, Compared, beyond, compare, lines
from .work import UNITS

SIZES = (10_000, 1_000_000)
BOUND = 1.5
SQLITE = "sqlite://"


def main() -> int:
    """Measure on each database. 1 when a request is beyond the bound."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    rows: list[Compared] = []
    broken: list[Compared] = []
    for url in (SQLITE, *options.database):
        vendor, small, large = _asked(url, options)
        unit = UNITS[vendor] if options.count else MILLISECONDS
        found = compare(vendor, small, large)
        sys.stdout.write(f"\n{vendor}, {options.turns} turns to a conversation\n")
        for line in lines(found, options.sizes, options.bound, unit):
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
        rows += found
        broken += beyond(found, options.bound, unit)
    results = options.out / "read.json"
    results.write_text(json.dumps([row._asdict() for row in rows], indent=2) + "\n")
    as_much = "as much work" if options.count else "as long"
    sys.stdout.write(
        f"\n{len(broken)} of {len(rows)} requests take more than {options.bound:g} times {as_much} "
        f"with {options.sizes[1]:,} callbacks as with {options.sizes[0]:,}.\n"
    )
    return 1 if broken and not options.report else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.read", description=__doc__)
    parser.add_argument("--sizes", type=_sizes, default=SIZES, help="numbers of callbacks")
    parser.add_argument(
        "--database",
        action="append",
        metavar="URL",
        help="a server to measure after SQLite; by default that of DATABASE_URL",
    )
    parser.add_argument("--bound", type=float, default=BOUND, help="the most times as much")
    parser.add_argument("--report", action="store_true", help="end with 0 whatever was found")
    parser.add_argument(
        "--count",
        action="store_true",
        help="count the steps, pages or rows that the database takes, in place of the time",
    )
    parser.add_argument("--only", default="", help="requests whose name holds this text")
    parser.add_argument("--turns", type=int, default=20, help="of each conversation")
    parser.add_argument(
        "--keep", action="store_true", help="leave the databases, and use those that were left"
    )
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    if options.database is None:
        given = os.environ.get("DATABASE_URL", "")
        options.database = [given] if given and not given.startswith("sqlite") else []
    return options


def _sizes(text: str) -> tuple[int, int]:
    small, large = (int(size) for size in text.split(","))
    return small, large


def _asked(url: str, options: argparse.Namespace) -> tuple[str, Answers, Answers]:
    """The vendor, and what the requests take at both sizes. Only what is counted does not become
    more by doing both at once.
    """
    with ThreadPoolExecutor(len(options.sizes) if options.count else 1) as at_once:
        small, large = at_once.map(lambda size: _answers(url, size, options), options.sizes)
    return small["vendor"], small["answers"], large["answers"]


def _answers(url: str, size: int, options: argparse.Namespace) -> dict[str, Any]:
    """What `one` says of a database of this size: a file, or one of that URL's server."""
    name = f"{NAME}{size}"
    parts = urlsplit(url)
    if url == SQLITE:
        address = f"{url}/{options.out.resolve() / name}.sqlite3"
    else:
        address = parts._replace(path=f"/{name}").geturl()
    env = {
        **os.environ,
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "benchmarks.read.settings",
    }
    command = [sys.executable, "-m", "benchmarks.read.one", str(size)]
    command += ["--turns", str(options.turns), "--only", options.only]
    command += ["--keep"] if options.keep else []
    command += ["--count"] if options.count else []
    sys.stderr.write(f"{parts.scheme}, {size:,} callbacks\n")
    sys.stderr.flush()
    done = subprocess.run(
        command, cwd=ROOT, env=env, check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise SystemExit(f"{size:,} callbacks on {parts.scheme} could not be measured.")
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


if __name__ == "__main__":
    sys.exit(main())
