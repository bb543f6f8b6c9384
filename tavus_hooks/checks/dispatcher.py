"""Checks of the dispatcher."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from .. import dispatchers
from ..conf import conf
from .readable import reason, when_readable


@register(Tags.security)
@when_readable
def check_dispatcher(**kwargs: Any) -> Iterator[CheckMessage]:
    """E005: `DISPATCHER` is neither the name of a dispatcher nor the dotted path of one that can be
    imported and called with one argument.

    Write one of the names, or the dotted path of a function of yours, or of a subclass of
    `tavus_hooks.dispatchers.Dispatcher`.
    """
    name = conf.DISPATCHER
    try:
        dispatchers.get_dispatcher(name)
    except Exception as error:
        yield Error(
            f"TAVUS_HOOKS['DISPATCHER'] cannot be loaded: {reason(error)}",
            hint=f"There are {', '.join(dispatchers.NAMES)}, and the dotted paths of functions and "
            'of dispatcher classes of yours:\nTAVUS_HOOKS["DISPATCHER"] = "inline"',
            id="tavus_hooks.E005",
        )
