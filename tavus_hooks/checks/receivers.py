"""Checks of the receivers that are connected to the signals."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as Caution

from .. import signals
from ..kinds import all_kinds


@register(Tags.signals)
def check_arguments_of_receivers(**kwargs: Any) -> Iterator[CheckMessage]:
    """W009: a receiver asks for an argument that is nearly called as one which its signal carries.

    Look for a typing mistake. What is certain to fail is refused when the receiver is connected.
    """
    of_kinds = (kind.signal for kind in all_kinds() if kind.signal)
    for signal in dict.fromkeys([signals.callback_received, *of_kinds, signals.forgotten]):
        for receiver, argument, near in signal.perhaps_misspelt():
            yield Caution(
                f"The receiver {receiver} asks for {argument!r}, which {signal.name} does not "
                f"carry: did you mean {near!r}?",
                hint=f"{signal.name} carries {', '.join(sorted(signal.all_it_carries))}.",
                id="tavus_hooks.W009",
            )
