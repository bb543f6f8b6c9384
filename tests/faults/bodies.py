"""Callbacks by the hundred: every sample with ids of its own, and some that nobody can read."""

import re
from collections import Counter

from tests.conftest import EVERY_SAMPLE, SAMPLES

_IDS = re.compile(rb'("(?:conversation|video|replica|face|document)_id": ")[^"]*"')
_UNREADABLE_EVERY = 50


def _samples() -> list[tuple[int, bytes]]:
    """Each with its number among those of its kind: the firsts of all kinds share one subject."""
    seen: Counter[str] = Counter()
    found = []
    for path in EVERY_SAMPLE:
        kind = path.stem.partition("__")[0]
        found.append((seen[kind], path.read_bytes()))
        seen[kind] += 1
    return found


_SAMPLES = _samples()


def body(number: int, *, name: str = "c", fault: str = "") -> bytes:
    """The callback of that number: unlike that of any other number or name.

    `fault`: what the receiver that misbehaves is to do with it.
    """
    if number % _UNREADABLE_EVERY == _UNREADABLE_EVERY - 1 and not fault:
        return b'{"%s-%d": \xff\x00' % (name.encode(), number)
    turn, which = divmod(number, len(_SAMPLES))
    variant, sample = _SAMPLES[which]
    subject = f"{name}-{turn}-{variant}".encode()
    marked = sample.replace(b"{", b'{"number": %d, "fault": "%s",' % (number, fault.encode()), 1)
    return _IDS.sub(rb'\g<1>%s"' % subject, marked)


def bodies(count: int, *, name: str = "c") -> list[bytes]:
    return [body(number, name=name) for number in range(count)]


def ending_at(point: str, number: int = 0) -> bytes:
    """A callback that ends the process at that point."""
    return body(number, name=f"end-{point}-{number}")


def faulty(fault: str, number: int = 0) -> bytes:
    return body(number, name=fault, fault=fault)


def about(name: str, *samples: str) -> list[bytes]:
    """These samples, about a subject of that name."""
    return [
        _IDS.sub(rb'\g<1>%s"' % name.encode(), (SAMPLES / f"{sample}.json").read_bytes())
        for sample in samples
    ]
