"""Checks of the rule that says which rows a user may see."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from ..access import rule_of_host
from ..conf import conf
from ..conf.callables import can_be_called
from .readable import reason, when_readable

_CANNOT_BE_CALLED = "cannot be called with two arguments, a user and a queryset."


@register(Tags.security)
@when_readable
def check_visible_rows(**kwargs: Any) -> Iterator[CheckMessage]:
    """E014: `VISIBLE_ROWS` cannot be imported, or not be called with two arguments.

    Check the dotted path: until then no page with rows can be opened.
    """
    if not conf.VISIBLE_ROWS:
        return
    try:
        rule: Any = rule_of_host()
    except Exception as error:
        wrong = f"cannot be imported: {reason(error)}"
    else:
        wrong = "" if can_be_called(rule, None, None) else _CANNOT_BE_CALLED
    if wrong:
        yield Error(
            f"TAVUS_HOOKS['VISIBLE_ROWS'] {wrong}",
            hint="It is the dotted path of a function of yours, such as "
            "shop.tenants.visible_rows. Without one, users who may see a model see all of its "
            'rows:\nTAVUS_HOOKS["VISIBLE_ROWS"] = ""',
            id="tavus_hooks.E014",
        )
