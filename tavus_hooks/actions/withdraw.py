"""Withdrawing one callback URL, so that its callbacks are refused, and undoing that."""

from django.db import router, transaction

from ..access import WITHDRAW
from ..address import tokens
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Withdrawal, withdrawn_urls

PERMISSION = WITHDRAW
"""To undo it, a user needs `delete_withdrawal`."""


def withdraw(url_id: str, *, reference: str = "", by: str = "", note: str = "") -> bool:
    """Refuse all callbacks to this URL; return False if it was withdrawn before.

    It takes effect in this process at once (within a transaction of the caller, on commit), and in
    every other process within ten seconds. Raises ValueError for what is no id of a URL, such as
    that of a callback which came by a static token.
    """
    if not tokens.URL_ID.fullmatch(url_id):
        raise ValueError(f"{url_id!r} is no id of a callback URL.")
    told = {"reference": reference, "withdrawn_by": by[:150], "note": note[:200]}
    using = router.db_for_write(Withdrawal)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        _, is_new = written(Withdrawal.objects).get_or_create(url_id=url_id, defaults=told)
    _mark_list_outdated(using)
    return bool(is_new)


def undo_withdrawal(url_id: str) -> bool:
    """Accept callbacks to this URL again; return False if it was not withdrawn."""
    using = router.db_for_write(Withdrawal)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        deleted, _ = written(Withdrawal.objects).filter(url_id=url_id).delete()
    _mark_list_outdated(using)
    return bool(deleted)


def _mark_list_outdated(using: str) -> None:
    """Have the list read again, and once more after a commit: the change is seen only then."""
    withdrawn_urls.withdrawn.mark_outdated()
    transaction.on_commit(withdrawn_urls.withdrawn.mark_outdated, using=using)
