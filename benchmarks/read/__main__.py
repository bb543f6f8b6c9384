"""`make bench-read`: asks for everything that can be read, at two sizes, and compares the times.

python -m benchmarks.read [--sizes 10000,1000000] [--database URL] [--bound 1.5] [--report]
                          [--count] [--only TEXT] [--turns NUMBER] [--keep] [--out FOLDER]
"""

import argparse
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from .one import NAME
from .report import MILLISECONDS, Compared, beyond, compare, lines
from .sized import Measured, Sized, measured
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
        vendor, small, large = _measured(url, options)
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


def _measured(url: str, options: argparse.Namespace) -> Measured:
    """What the requests take at both sizes on a database: files, or two of that URL's server."""
    given = ["--turns", str(options.turns), "--only", options.only]
    given += ["--keep"] if options.keep else []
    given += ["--count"] if options.count else []
    sys.stderr.write(f"{urlsplit(url).scheme}\n")
    told = [] if options.count else ["--told"]
    pair = [
        Sized(size, _environment(url, size, options.out), [*given, *also])
        for size, also in zip(options.sizes, ([], told), strict=True)
    ]
    return measured(pair, is_counted=options.count, bound=options.bound)


def _environment(url: str, size: int, folder: Path) -> dict[str, str]:
    name = f"{NAME}{size}"
    if url == SQLITE:
        address = f"{url}/{folder.resolve() / name}.sqlite3"
    else:
        address = urlsplit(url)._replace(path=f"/{name}").geturl()
    settings = "benchmarks.read.settings"
    return {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": settings}


if __name__ == "__main__":
    sys.exit(main())
