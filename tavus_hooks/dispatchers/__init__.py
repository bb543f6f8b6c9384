"""Having stored callbacks handled, by the dispatcher that `TAVUS_HOOKS["DISPATCHER"]` chooses.

`tavus_process` handles what a dispatcher did not, once the callback falls due.
"""

import logging
from functools import lru_cache, partial
from inspect import isclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import router, transaction
from django.utils.module_loading import import_string

from .. import inbox
from ..conf import conf
from ..conf.callables import can_be_called
from ..models import Callback
from .base import Dispatcher
from .substitutes import FunctionDispatcher, UnavailableDispatcher
from .worker import process

__all__ = ["NAMES", "Dispatcher", "current", "dispatch", "get_dispatcher", "prepare", "process"]

logger = logging.getLogger(__name__)

NAMES = {
    "inline": "tavus_hooks.dispatchers.inline.Inline",
    "deferred": "tavus_hooks.dispatchers.deferred.Deferred",
    "django_tasks": "tavus_hooks.dispatchers.django_tasks.DjangoTasks",
    "celery": "tavus_hooks.dispatchers.celery.Celery",
}
"""The dispatchers of this package by name. Only the chosen one is imported: the others' task
engines need not be installed."""


def prepare() -> None:
    """Import the chosen dispatcher of this package, so that a worker of its engine knows the task.

    Raises ImproperlyConfigured when the engine is not installed. A host imports its own dispatcher
    itself.
    """
    name = conf.DISPATCHER
    path = NAMES.get(name, name)
    if path not in NAMES.values():
        return
    try:
        import_string(path)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        raise ImproperlyConfigured(
            f"TAVUS_HOOKS['DISPATCHER'] is {name!r}, which needs the package {package!r}: it is "
            "not installed."
        ) from error


@lru_cache(maxsize=8)  # each request asks for it; a failure is not remembered
def get_dispatcher(name: str) -> Dispatcher:
    """The dispatcher of this name or dotted path. Raises ImproperlyConfigured when there is none,
    ImportError when it cannot be imported.
    """
    if "." not in name and name not in NAMES:
        raise ImproperlyConfigured(f"There is no dispatcher {name!r}.")
    found: Any = import_string(NAMES.get(name, name))
    if isclass(found) and issubclass(found, Dispatcher):
        if found.dispatch is Dispatcher.dispatch and not found.claimed:
            raise ImproperlyConfigured(f"{name!r} has no method dispatch().")
        dispatcher = found()
        _refuse_unless_called_with_pk(name, dispatcher.dispatch)
        return dispatcher
    if isclass(found) or not callable(found):
        raise ImproperlyConfigured(f"{name!r} is neither a subclass of Dispatcher nor a function.")
    _refuse_unless_called_with_pk(name, found)
    return FunctionDispatcher(found)


def current() -> Dispatcher:
    """The chosen dispatcher, or one that fails to dispatch if it cannot be loaded: callbacks must
    be stored all the same. They are due at once then.
    """
    name = conf.DISPATCHER
    try:
        return get_dispatcher(name)
    except Exception as error:  # importing a module of the host may raise anything
        return UnavailableDispatcher(error)


def dispatch(callback: Callback, dispatcher: Dispatcher) -> list[BaseException]:
    """Have a callback handled that was stored for this dispatcher. Never raises: the callback stays
    due until it is handled.

    Returns the exceptions of receivers, if the request called them itself.
    """
    if callback.due_at is None:  # a duplicate, or forgotten: there is nothing to do
        return []
    if dispatcher.claimed:
        return inbox.handle(callback, holds_request=True)
    # A worker must not look for the row before it is committed.
    on_commit = partial(_dispatch, callback.pk, dispatcher)
    transaction.on_commit(on_commit, using=router.db_for_write(Callback))
    return []


def _refuse_unless_called_with_pk(name: str, function: Any) -> None:
    if not can_be_called(function, 1):
        raise ImproperlyConfigured(
            f"{name!r} cannot be called with one argument, the primary key of a callback."
        )


def _dispatch(pk: int, dispatcher: Dispatcher) -> None:
    try:
        dispatcher.dispatch(pk)
    except Exception:
        logger.exception("callback could not be handed on callback=%s", pk)
