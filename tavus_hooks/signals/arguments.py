"""Comparing the arguments of a receiver with those that its signal carries."""

from collections.abc import Callable, Collection, Iterator
from difflib import get_close_matches
from functools import partial
from inspect import Parameter
from types import FunctionType, MethodType
from typing import Any

from django.utils.inspect import signature

_BY_NAME = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def accepts_any_keyword(receiver: Callable[..., Any]) -> bool:
    """Whether it takes `**kwargs`."""
    parameters = signature(receiver).parameters.values()
    return any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters)


def never_given(
    receiver: Callable[..., Any], carried: Collection[str], sometimes: Collection[str] = ()
) -> str:
    """Why calls of the receiver are certain to fail, for an error message; empty if they are not.

    `sometimes` are names that the signal carries for some callbacks only. A decorated receiver is
    not checked: the decorator may supply the argument.
    """
    if not _is_called_as_it_is(receiver):
        return ""
    for name, parameter in signature(receiver).parameters.items():
        if parameter.default is not Parameter.empty:
            continue
        if parameter.kind is Parameter.POSITIONAL_ONLY:
            return f"takes {name!r} by position, but signals pass every argument by name."
        if parameter.kind in _BY_NAME and name in sometimes:
            return f"asks for {name!r}, which not every callback has. Write {name}=None."
        if parameter.kind in _BY_NAME and name not in carried:
            meant = f" Did you mean {near!r}?" if (near := _nearest(name, carried)) else ""
            return f"asks for {name!r}.{meant} The signal carries {', '.join(sorted(carried))}."
    return ""


def perhaps_misspelt(
    receiver: Callable[..., Any], carried: Collection[str], known: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Pairs of an argument's name and a very similar name that the signal carries.

    Calls need not fail because of them: the argument has a default, or the function is decorated.
    `known` are names that other signals carry, to which the same receiver may be connected, too.
    """
    parameters = signature(receiver).parameters
    bound = receiver.keywords if isinstance(receiver, partial) else {}
    free = set(carried) - parameters.keys()
    for name, parameter in parameters.items():
        if parameter.kind not in _BY_NAME or name in {*carried, *known, *bound}:
            continue
        near = _nearest(name, free)
        # A name with a suffix, such as `callback_url`, is not misspelt.
        if near and not name.startswith(f"{near}_"):
            yield name, near


def _is_called_as_it_is(receiver: Any) -> bool:
    """Whether it is a function or a method without a decorator."""
    while type(receiver) is partial:
        receiver = receiver.func
    # By its type, because some decorators imitate the function they wrap.
    function = receiver.__func__ if type(receiver) is MethodType else receiver
    return type(function) is FunctionType and not hasattr(function, "__wrapped__")


def _nearest(name: str, names: Collection[str]) -> str:
    return next(iter(get_close_matches(name, sorted(names), n=1, cutoff=0.75)), "")
