"""Whether what a setting names by its dotted path can be called."""

from typing import Any

from django.utils.inspect import signature


def can_be_called(function: Any, *arguments: Any) -> bool:
    """Whether the function takes these arguments, by position.

    True where that is not known: for a function without a signature, such as some built-in ones, or
    a decorated one, whose decorator may supply arguments.
    """
    if not callable(function):
        return False
    if hasattr(function, "__wrapped__"):
        return True
    try:
        parameters = signature(function)
    except (TypeError, ValueError):
        return True
    try:
        parameters.bind(*arguments)
    except TypeError:
        return False
    return True
