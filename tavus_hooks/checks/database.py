"""Checks of the database that callbacks are written to."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import connections, router

from ..conf import conf
from ..db.dialects import dialect_of
from ..db.fulltext import fulltext_of
from ..models import Callback
from ..search.indexes import VIDEOS
from .readable import when_readable


@register
def check_time_zones(**kwargs: Any) -> Iterator[CheckMessage]:
    """E010: `USE_TZ` is off.

    Remove it from the settings: times come with their zone, and cannot be stored without.
    """
    if not settings.USE_TZ:
        yield Error(
            "tavus_hooks needs USE_TZ: without it the times of callbacks cannot be stored.",
            hint="Write USE_TZ = True into the settings, in the place of USE_TZ = False.",
            id="tavus_hooks.E010",
        )


@register
def check_autocommit(**kwargs: Any) -> Iterator[CheckMessage]:
    """E011: `AUTOCOMMIT` is switched off for the database of callbacks.

    Remove it from `DATABASES`: what is answered 200 has to be committed, so until then the answer
    is 503.
    """
    alias = router.db_for_write(Callback)
    if not connections[alias].settings_dict["AUTOCOMMIT"]:
        yield Error(
            f"DATABASES[{alias!r}] has AUTOCOMMIT switched off: no callback can be committed.",
            hint=f'Remove "AUTOCOMMIT": False from DATABASES[{alias!r}]. Until then every callback '
            "is answered 503.",
            id="tavus_hooks.E011",
        )


@register(Tags.database)
@when_readable
def check_search(databases: Iterable[str] | None, **kwargs: Any) -> Iterator[CheckMessage]:
    """W011: on PostgreSQL the index of the search was made with another configuration, or there is
    none of that name.

    Correct `SEARCH_CONFIGURATION`, or run `tavus_rebuild --only search`. Asked only with a
    database, as W005 is.
    """
    alias = router.db_for_write(Callback)
    connection = connections[alias]
    if alias not in (databases or ()):
        return
    if problem := fulltext_of(connection).problem(VIDEOS, connection):
        yield Caution(
            f"TAVUS_HOOKS['SEARCH_CONFIGURATION'] is {conf.SEARCH_CONFIGURATION!r}, but {problem}.",
            hint="Until then the search fails, or takes long: "
            "python manage.py tavus_rebuild --only search",
            id="tavus_hooks.W011",
        )


@register(Tags.database)
@when_readable
def check_mysql(databases: Iterable[str] | None, **kwargs: Any) -> Iterator[CheckMessage]:
    """W006: MariaDB or MySQL does not take bodies of `MAX_BODY_BYTES`.

    Raise `max_allowed_packet`, or lower the limit. Asked only with a database, as by `migrate` or
    `check --database default`.
    """
    alias = router.db_for_write(Callback)
    connection = connections[alias]
    packet = dialect_of(connection).most_bytes(connection) if alias in (databases or ()) else None
    if packet is None:
        return
    # The driver escapes bytes: in the worst case each becomes two.
    if packet < 2 * conf.MAX_BODY_BYTES:
        yield Caution(
            f"max_allowed_packet is {packet}: not every body of MAX_BODY_BYTES can be stored.",
            hint="In the configuration of the server, below [mysqld]: "
            f"max_allowed_packet = {2 * conf.MAX_BODY_BYTES + 1024 * 1024}",
            id="tavus_hooks.W006",
        )
