"""Checks of the rule that says which rows a user may see."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from ..access import rule_of_host
from ..conf import conf
from .readable import reason, when_readable


@register(Tags.security)
@when_readable
def check_visible_rows(**kwargs: Any) -> Iterator[CheckMessage]:
    """E014: `VISIBLE_ROWS` cannot be imported.

    Check the dotted path: until then no page with rows can be opened.
    """
    if not conf.VISIBLE_ROWS:
        return
    try:
        rule_of_host()
    except Exception as error:
        yield Error(
            f"TAVUS_HOOKS['VISIBLE_ROWS'] cannot be imported: {reason(error)}",
            hint="It is the dotted path of a function of yours, such as "
            "shop.tenants.visible_rows. Without one, users who may see a model see all of its "
            'rows:\nTAVUS_HOOKS["VISIBLE_ROWS"] = ""',
            id="tavus_hooks.E014",
        )
