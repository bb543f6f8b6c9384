"""Checks of how long things are kept."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as Caution

from ..conf import conf
from ..conf.ages import DEFAULT, RETAINED
from .hints import assignment
from .readable import when_readable

Given = str | Mapping[str, str] | None
"""The value of RETAIN for a part: an age, or one for each kind of callback."""


@register(Tags.security, deploy=True)
@when_readable
def check_retention(**kwargs: Any) -> Iterator[CheckMessage]:
    """W007: `RETAIN` does not say how long something is kept; only with `check --deploy`.

    Give each part that is named an age in `RETAIN`, or `never`, and run `tavus_prune`.
    """
    parts = [part for part in RETAINED if part != "accesses" or conf.ACCESS_LOG]
    undecided = [part for part in parts if not _is_decided(conf.RETAIN.get(part))]
    if undecided:
        proposed = {**conf.RETAIN, **{part: _proposal(conf.RETAIN.get(part)) for part in undecided}}
        yield Caution(
            f"TAVUS_HOOKS['RETAIN'] does not say how long these are kept: {', '.join(undecided)}.",
            hint="With the ages that you want, such as 90d, 52w or never, and tavus_prune run by "
            f"cron:\n{assignment('TAVUS_HOOKS', 'RETAIN', proposed)}",
            id="tavus_hooks.W007",
        )


def _is_decided(given: Given) -> bool:
    return DEFAULT in given if isinstance(given, Mapping) else given is not None


def _proposal(given: Given) -> str | Mapping[str, str]:
    return {**given, DEFAULT: "90d"} if isinstance(given, Mapping) else "90d"
