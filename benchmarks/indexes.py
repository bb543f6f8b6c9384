"""What the indexes of the inbox cost: the same callbacks with all of them, and without some."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from .databases import database
from .growth import fill
from .posting import REFERENCES
from .ratios import in_turn, ratios_of
from .server import ROOT

LISTS = ("tavus_hooks_occurred", "tavus_hooks_reference")
"""What only lists use. Receiving and handling need the other ones."""
LEAST_WITH_THOSE_OF_LISTS = 0.95


@dataclass(frozen=True)
class Without:
    """One row of the table: which indexes are left out, and how callbacks are handled."""

    indexes: tuple[str, ...]
    dispatcher: str = "deferred"
    bound: float | None = None
    """The least ratio that is promised."""


CHOICES = [
    Without(("tavus_hooks_due",)),
    Without(("tavus_hooks_subject",)),
    Without(("tavus_hooks_received",)),
    Without(("tavus_hooks_occurred",)),
    Without(("tavus_hooks_reference",)),
    Without(LISTS, bound=LEAST_WITH_THOSE_OF_LISTS),
    Without(LISTS, "inline", bound=LEAST_WITH_THOSE_OF_LISTS),
]


def measure_indexes(
    choices: Sequence[Without], vendors: Sequence[str], rows: int, *, rounds: int, seconds: float
) -> Iterator[dict[str, Any]]:
    """Callbacks per second with all indexes against those without some, one row for each choice.

    Both inboxes begin with so many rows. A pair of slices, one of each, is a round.
    """
    for vendor in vendors:
        with (
            database(vendor) as one,
            database(vendor, name="tavus_hooks_bench_without") as other,
        ):
            for env in (one, other):
                fill(env, rows, references=REFERENCES)
            for choice in choices:
                ratios = _ratios(choice, one, other, rounds=rounds, seconds=seconds)
                yield {
                    "without": list(choice.indexes),
                    "dispatcher": choice.dispatcher,
                    "database": vendor,
                    "ratio": round(median(ratios), 3),
                    "lowest": round(min(ratios), 2),
                    "highest": round(max(ratios), 2),
                    "bound": choice.bound,
                }


def _ratios(
    choice: Without, one: dict[str, str], other: dict[str, str], *, rounds: int, seconds: float
) -> list[float]:
    dispatcher = {"BENCH_DISPATCHER": choice.dispatcher}
    without = [option for index in choice.indexes for option in ("--without", index)]
    with _poster(one | dispatcher) as ours, _poster(other | dispatcher, *without) as theirs:
        rates = in_turn(lambda: _rate(ours, seconds), lambda: _rate(theirs, seconds), rounds)
    return ratios_of(*rates)


@contextmanager
def _poster(env: dict[str, str], *options: str) -> Iterator[Any]:
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.posting", *options],
        cwd=ROOT,
        env={**os.environ, **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process  # it ends where its input does


def _rate(poster: Any, seconds: float) -> float:
    poster.stdin.write(f"{seconds}\n")
    poster.stdin.flush()
    return float(poster.stdout.readline())
