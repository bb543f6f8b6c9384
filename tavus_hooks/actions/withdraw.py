"""Withdraw one callback URL, so that nothing is taken from it any more, and undo that."""

from django.db import router, transaction

from ..access import WITHDRAW
from ..address import tokens
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Withdrawal, withdrawn_urls

PERMISSION = WITHDRAW
"""To undo it, a user needs `delete_withdrawal`."""


def withdraw(url_id: str, *, reference: str = "", by: str = "", note: str = "") -> bool:
    """Take nothing from this URL any more; False when it was withdrawn before.

    This process knows at once (within a transaction of the caller's, once that is committed), every
    other within ten seconds. Raises ValueError for what is no id of a URL, as that of a callback
    which came by a static token.
    """
    if not tokens.URL_ID.fullmatch(url_id):
        raise ValueError(f"{url_id!r} is no id of a callback URL.")
    told = {"reference": reference, "withdrawn_by": by[:150], "note": note[:200]}
    using = router.db_for_write(Withdrawal)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        _, is_new = written(Withdrawal.objects).get_or_create(url_id=url_id, defaults=told)
    _read_anew(using)
    return bool(is_new)


def undo_withdrawal(url_id: str) -> bool:
    """Take callbacks from this URL again; False when it was not withdrawn."""
    using = router.db_for_write(Withdrawal)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        deleted, _ = written(Withdrawal.objects).filter(url_id=url_id).delete()
    _read_anew(using)
    return bool(deleted)


def _read_anew(using: str) -> None:
    """At once, and again once a transaction around it is committed: others see it only then."""
    withdrawn_urls.withdrawn.read_anew()
    transaction.on_commit(withdrawn_urls.withdrawn.read_anew, using=using)
