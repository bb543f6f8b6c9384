"""Fails when a package of this environment has a weakness that `known_weaknesses.txt` names.

.venv/bin/python .ci/known_weaknesses.py
"""

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from packaging.specifiers import SpecifierSet

LIST = Path(__file__).with_suffix(".txt")


class Weakness(NamedTuple):
    """A line of the list."""

    package: str
    affected: SpecifierSet
    names: str
    source: str


def weaknesses() -> Iterator[Weakness]:
    for line in LIST.read_text().splitlines():
        if line and not line.startswith("#"):
            package, affected, names, source = line.split()
            yield Weakness(package, SpecifierSet(affected), names, source)


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def main() -> None:
    known = list(weaknesses())
    found = [
        f"{it.package} {here} is {it.affected}: {it.names}, see {it.source}"
        for it in known
        if (here := installed(it.package)) and it.affected.contains(here, prereleases=True)
    ]
    if found:
        sys.exit("\n".join(found))
    sys.stdout.write(f"None of {len(known)} entries of {LIST.name} is installed.\n")


if __name__ == "__main__":
    main()
