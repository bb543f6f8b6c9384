"""What a receiver asks for, held against what its signal carries."""

from collections.abc import Callable, Collection, Iterator
from difflib import get_close_matches
from inspect import Parameter, signature
from typing import Any

_BY_NAME = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def accepts_any_keyword(receiver: Callable[..., Any]) -> bool:
    """Whether it takes `**kwargs`."""
    parameters = signature(receiver).parameters.values()
    return any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters)


def never_given(
    receiver: Callable[..., Any], carried: Collection[str], sometimes: Collection[str] = ()
) -> str:
    """Which argument the receiver cannot be called without, and is not given; empty: none.

    `sometimes` are names that the signal carries for some callbacks only. Of a decorated function
    the decorator is asked, which may supply what the function asks for.
    """
    for name, parameter in signature(receiver, follow_wrapped=False).parameters.items():
        if parameter.default is not Parameter.empty:
            continue
        if parameter.kind is Parameter.POSITIONAL_ONLY:
            return f"takes {name!r} by position, but signals pass every argument by name."
        if parameter.kind in _BY_NAME and name in sometimes:
            return (
                f"asks for {name!r}, which not every callback has. Give it a default: {name}=None."
            )
        if parameter.kind in _BY_NAME and name not in carried:
            meant = f" Did you mean {near!r}?" if (near := _nearest(name, carried)) else ""
            return f"asks for {name!r}.{meant} The signal carries {', '.join(sorted(carried))}."
    return ""


def perhaps_misspelt(
    receiver: Callable[..., Any], carried: Collection[str]
) -> Iterator[tuple[str, str]]:
    """The names of arguments that are nearly those of what the signal carries, and the latter.

    Calls need not fail for them: they have a default, or the function is decorated.
    """
    parameters = signature(receiver).parameters
    free = set(carried) - parameters.keys()
    for name, parameter in parameters.items():
        if parameter.kind in _BY_NAME and name not in carried and (near := _nearest(name, free)):
            yield name, near


def _nearest(name: str, names: Collection[str]) -> str:
    return next(iter(get_close_matches(name, sorted(names), n=1)), "")
