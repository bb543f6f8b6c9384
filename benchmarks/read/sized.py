"""The two sizes, each in a process of its own, asked in turn."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from ..server import ROOT
from .report import Answers

TRIES, MOST_TRIES = 4, 20
"""How often what takes time is asked, and at most where it seems to come near the bound."""
NEAR = 0.8
"""The part of the bound from which on it does. Were it the bound itself, whatever a noisy machine
slows would end just below it.
"""
LONG = 5.0
"""In seconds: a request that has taken so long in all is not tried again."""


class Sized:
    """A process that has filled a database, and answers."""

    def __init__(self, size: int, env: dict[str, str], options: Sequence[str]) -> None:
        self.size = size
        self.process: Any = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.read.one", str(size), *options],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Sized":
        return self

    def __exit__(self, *exc: object) -> None:
        """Let it end, and drop its database."""
        self.process.stdin.close()
        self.process.wait()

    def ask(self, number: int) -> None:
        """Have it ask the request of this number."""
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()

    def said(self) -> dict[str, Any]:
        """Its next line."""
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.size:,} callbacks could not be measured.")
        said: dict[str, Any] = json.loads(line)
        return said


class Measured(NamedTuple):
    """What was found on one database."""

    vendor: str
    small: Answers
    large: Answers


def measured(pair: Sequence[Sized], *, is_counted: bool, bound: float) -> Measured:
    """Ask both sizes everything, once where work is counted.

    What takes time is asked of one after the other, so that whatever else the machine does slows
    both alike, and the shortest time counts. That is found sooner where the machine is quiet: a
    request that seems to come near the bound is asked further times.
    """
    with ExitStack() as stack:
        for each in pair:
            stack.enter_context(each)
        small, large = [each.said() for each in pair]
        if small["names"] != large["names"]:
            differing = {*small["names"]} ^ {*large["names"]}
            raise SystemExit(f"Not asked at both sizes: {sorted(differing)}")
        found = []
        for number in range(len(small["names"])):
            found.append(_counted(pair, number) if is_counted else _timed(pair, number, bound))
            if not is_counted:
                sys.stderr.write(f"\r  {number + 1} of {len(small['names'])} requests")
        sys.stderr.write("" if is_counted else "\n")
    return Measured(small["vendor"], [it for it, _ in found], [it for _, it in found])


def _counted(pair: Sequence[Sized], number: int) -> list[dict[str, Any]]:
    for each in pair:  # both at once
        each.ask(number)
    return [each.said() for each in pair]


def _timed(pair: Sequence[Sized], number: int, bound: float) -> list[dict[str, Any]]:
    best: list[dict[str, Any]] = []
    tries, longest = 0, 0.0
    while tries < (TRIES if not best or _is_within(best, NEAR * bound) else MOST_TRIES):
        answers = []
        for each in pair:
            each.ask(number)
            answers.append(each.said())
        best = [
            min(it, key=lambda one: float(one["taken"]))
            for it in zip(answers, best or answers, strict=True)
        ]
        tries += 1
        longest += max(it["taken"] for it in answers) / 1000
        if longest >= LONG:
            break
    return best


def _is_within(best: Sequence[dict[str, Any]], bound: float) -> bool:
    small, large = best
    return bool(large["taken"] <= bound * small["taken"])
