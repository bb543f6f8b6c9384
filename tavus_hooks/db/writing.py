"""Reading what is about to be written."""

from typing import Any

from django.db import router


def written(rows: Any) -> Any:
    """These rows (a manager or a queryset) as the database has them that is written to.

    Where a router sends readers to a replica, that one may be behind.
    """
    return rows.using(router.db_for_write(rows.model))
