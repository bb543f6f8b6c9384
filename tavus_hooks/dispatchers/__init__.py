"""Who handles a stored callback, chosen by `TAVUS_HOOKS["DISPATCHER"]`.

A dispatcher is any callable that takes a callback's primary key. Whatever it does not get done,
`tavus_process` finds when the row falls due.
"""

import logging
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import NamedTuple

from django.db import router, transaction
from django.utils.module_loading import import_string

from .. import inbox
from ..conf import conf
from ..db.connection_guard import retry_on_lost_connection, roll_back_leftovers
from ..models import Callback

logger = logging.getLogger(__name__)

ENGINES = frozenset({"celery", "django_tasks"})
"""Dispatchers that hand on to a task engine: a module in this package each."""


class Terms(NamedTuple):
    """How a callback is stored for a dispatcher."""

    due_in: float
    """Seconds for which `tavus_process` leaves it alone."""
    claimed: bool
    """Whether the insert counts as the claim: the request itself handles it."""


def inline(pk: int) -> None:
    """Handle it within the request, before Tavus has its answer. Needs no service."""
    process(pk)


def deferred(pk: int) -> None:
    """Leave it to `python manage.py tavus_process`."""


def django_tasks(pk: int) -> None:
    """Enqueue it with `django.tasks`."""
    import_module("tavus_hooks.dispatchers.django_tasks").enqueue(pk)


def celery(pk: int) -> None:
    """Enqueue it with Celery."""
    import_module("tavus_hooks.dispatchers.celery").enqueue(pk)


def process(pk: int) -> None:
    """What a worker does with a primary key: handle the callback, unless somebody else does."""
    roll_back_leftovers()
    callback = retry_on_lost_connection(lambda: inbox.claim(pk), Callback)
    if callback is not None:
        inbox.handle(callback)


def chosen() -> Callable[[int], object]:
    """The dispatcher in force. Raises ImportError when there is none of that name."""
    name = conf.DISPATCHER
    return import_string(name if "." in name else f"{__name__}.{name}")  # type: ignore[no-any-return]


def prepare() -> None:
    """Import the chosen engine, so that its workers learn of the task. Others are not touched."""
    name = conf.DISPATCHER.rpartition(".")[2]
    if name in ENGINES and conf.DISPATCHER in {name, f"{__name__}.{name}"}:
        import_module(f"tavus_hooks.dispatchers.{name}")


def terms() -> Terms:
    """How to store the next callback. Never raises: it must be stored all the same."""
    try:
        dispatcher = chosen()
    except Exception:  # importing it may fail with anything; hand_over() will log it
        return Terms(due_in=0, claimed=False)
    if dispatcher is inline:
        return Terms(due_in=conf.LEASE_SECONDS, claimed=True)
    return Terms(due_in=0 if dispatcher is deferred else conf.ENGINE_GRACE_SECONDS, claimed=False)


def hand_over(callback: Callback) -> list[BaseException]:
    """Pass a stored callback on. Never raises: it is stored, and stays due until it is handled.

    Returns what receivers raised that were called at once.
    """
    if callback.due_at is None:
        return []
    if callback.attempts:  # claimed by the insert: inline
        return inbox.handle(callback, holds_request=True)
    # An engine's worker must not look for the row before it is committed.
    transaction.on_commit(partial(_hand_on, callback), using=router.db_for_write(Callback))
    return []


def _hand_on(callback: Callback) -> None:
    try:
        chosen()(callback.pk)
    except Exception:
        logger.exception("callback could not be handed on callback=%s", callback.pk)
