"""Reading from the database that is written to."""

from typing import Any

from django.db import router


def written(rows: Any) -> Any:
    """These rows (a manager or a queryset), read from the database that is written to.

    If a router sends reads to a replica, the replica may be behind.
    """
    return rows.using(router.db_for_write(rows.model))
