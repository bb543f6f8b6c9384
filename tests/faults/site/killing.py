"""The points at which the site ends its own process with SIGKILL.

A callback asks for it: one whose body or subject holds `end-<point>-` ends the process that comes
to that point with it, once.
"""

import hashlib
import os
from contextlib import suppress
from functools import wraps
from pathlib import Path
from signal import SIGKILL

from django.db import Error, connection
from django.db.models.signals import pre_save

from tavus_hooks import dispatchers
from tavus_hooks.inbox import claims, failures, lifecycle
from tavus_hooks.models import Callback

HOME = Path(os.environ["FAULTS_HOME"])


def end_at(point, callback):
    if is_asked("end", point, callback):
        end()


def is_asked(what, point, callback):
    """Whether the callback asks for it at this point, for the first time."""
    asking = bytes(callback.body) + callback.subject_id.encode()
    if f"{what}-{point}-".encode() not in asking:
        return False
    digest = hashlib.sha256(asking).hexdigest()[:16]
    try:
        (HOME / f"{what}ed-{point}-{digest}").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def end():
    os.kill(os.getpid(), SIGKILL)


def lose_the_connection():
    """As when the database goes away: the server ends it, and Django does not know of it."""
    sql = {
        "postgresql": "select pg_terminate_backend(pg_backend_pid())",
        "mysql": "kill connection_id()",
    }
    with suppress(Error), connection.cursor() as cursor:
        cursor.execute(sql[connection.vendor])


def around(module, name, *, before="", after="", when=lambda callback, changes: True):
    """Have a function of the app, whose first argument is a callback, end at these points."""
    original = getattr(module, name)

    @wraps(original)
    def wrapper(callback, *args, **kwargs):
        if before and when(callback, kwargs):
            end_at(before, callback)
        result = original(callback, *args, **kwargs)
        if after and when(callback, kwargs):
            end_at(after, callback)
            if is_asked("disconnect", after, callback):
                lose_the_connection()
        return result

    setattr(module, name, wrapper)


def lay():
    around(lifecycle, "store", before="before-the-insert", after="after-the-insert")
    around(lifecycle, "apply", before="before-it-is-applied", after="after-it-was-applied")
    around(
        claims,
        "update",
        before="between-the-tables",
        after="before-the-commit",
        when=lambda callback, changes: "applied_at" in changes,
    )
    around(claims, "update_claimed", after="while-it-is-settled")
    around(
        failures,
        "record_announcement",
        before="before-it-is-settled",
        after="after-it-was-settled",
    )
    around(
        lifecycle,
        "handle",
        before="before-a-completion-is-told",
        when=lambda callback, changes: callback.is_internal,
    )
    around(dispatchers, "dispatch", after="before-the-answer")
    pre_save.connect(about_to_complete, sender=Callback, dispatch_uid="faults.complete")


def about_to_complete(instance, **kwargs):
    if instance.is_internal:
        end_at("before-a-completion-is-kept", instance)
