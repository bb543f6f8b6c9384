"""Requests per second of the app against the floor's, slice by slice, so that noise hits both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TypeVar

from .bodies import Body
from .load import Slice, post_for

Measured = TypeVar("Measured")


@dataclass
class Ratio:
    """The median over the rounds, and its spread."""

    ours: float
    floor: float
    """Answers per second."""
    ratio: float
    lowest: float
    highest: float
    latencies: list[float]
    """Of the app, in seconds."""
    floor_latencies: list[float]

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        return _percentile(self.latencies, share)

    def floor_percentile(self, share: float) -> float:
        """In milliseconds."""
        return _percentile(self.floor_latencies, share)


def _percentile(latencies: list[float], share: float) -> float:
    ordered = sorted(latencies)
    return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass
class Target:
    """What is posted where."""

    port: int
    path: str
    body: Body


def in_turn(
    ours: Callable[[], Measured], other: Callable[[], Measured], rounds: int
) -> tuple[list[Measured], list[Measured]]:
    """Slices of ours, and those of the other around them, one more; the first of each warms up."""
    other()
    ours()
    slices, around = [], [other()]
    for _ in range(rounds):
        slices.append(ours())
        around.append(other())
    return slices, around


def ratios_of(rates: Sequence[float], around: Sequence[float]) -> list[float]:
    """Each rate by the mean of the two around it."""
    return [rate / ((a + b) / 2) for rate, (a, b) in zip(rates, pairwise(around), strict=True)]


def compare(ours: Target, floor: Target, *, rounds: int, seconds: float, connections: int) -> Ratio:
    """Floor, ours, floor, …: each slice of ours against the mean of the two around it."""

    def post(target: Target) -> Slice:
        done = post_for(
            seconds,
            port=target.port,
            path=target.path,
            body=target.body,
            connections=connections,
        )
        if done.others:
            raise RuntimeError(f"{len(done.others)} answers were not 200: {done.others[:3]}")
        return done

    slices, around = in_turn(lambda: post(ours), lambda: post(floor), rounds)
    ratios = ratios_of([one.rate for one in slices], [one.rate for one in around])
    return Ratio(
        ours=median(one.rate for one in slices),
        floor=median(one.rate for one in around),
        ratio=median(ratios),
        lowest=min(ratios),
        highest=max(ratios),
        latencies=[each for one in slices for each in one.latencies],
        floor_latencies=[each for one in around for each in one.latencies],
    )
