"""Fills the tables that are read, row by row as the modules beside it make them."""

import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connections, models, router, transaction

from tavus_hooks.db import statements
from tavus_hooks.maintenance.hours import count_hours
from tavus_hooks.models import Callback
from tavus_hooks.search.texts import fill_all

from .made_callbacks import Row, callbacks
from .made_rest import of_the_rest
from .made_subjects import of_subjects
from .scale import Scale

BATCH = 5_000
PER_TRANSACTION = 20
SAMPLE = "ALTER TABLE {} ALTER COLUMN {} SET STATISTICS 1000"
"""300,000 rows."""
PAGES = "STATS_AUTO_RECALC = 0, STATS_SAMPLE_PAGES = 65535"


def fill(scale: Scale, *, is_told: bool = False) -> None:
    """Write all rows of this scale into tables that are empty; tell on stderr how far it is."""
    made = {"callback": callbacks(scale), **of_subjects(scale), **of_the_rest(scale)}
    filled = [apps.get_model("tavus_hooks", name) for name in made]
    for model, rows in zip(filled, made.values(), strict=True):
        _write(model, rows, is_told=is_told)
    _fill_texts(is_told=is_told)
    count_hours()
    connection = connections[router.db_for_write(Callback)]
    with connection.cursor() as cursor:  # the primary keys were given
        for statement in connection.ops.sequence_reset_sql(no_style(), filled):
            cursor.execute(statement)


def settle() -> None:
    """What the server does by itself a little later, done at once and then no more.

    PostgreSQL and MariaDB guess from samples of the rows, and what they guess decides how they
    search: they are given samples so large that it is the same each time. SQLite does nothing of
    the kind.
    """
    connection = connections[router.db_for_write(Callback)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in connection.introspection.table_names(cursor):
                name = connection.ops.quote_name(table)
                cursor.execute(f"ALTER TABLE {name} SET (autovacuum_enabled = false)")
            for model in _models():
                # The largest sample that a column asks for is taken of all columns.
                names = (model._meta.db_table, str(model._meta.pk.column))
                cursor.execute(SAMPLE.format(*map(connection.ops.quote_name, names)))
            cursor.execute("VACUUM ANALYZE")
        if connection.vendor == "mysql":
            tables = [connection.ops.quote_name(it._meta.db_table) for it in _models()]
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} {PAGES}")
            cursor.execute(f"ANALYZE TABLE {', '.join(tables)}")
            cursor.fetchall()


def _models() -> Iterable[type[models.Model]]:
    return apps.get_app_config("tavus_hooks").get_models()


def _write(model: Any, rows: Iterator[Row], *, is_told: bool) -> None:
    using = router.db_for_write(model)
    began, written = time.monotonic(), 0
    others = {
        field.name: field.get_default()
        for field in model._meta.concrete_fields
        if not field.primary_key
    }
    batches = iter(lambda: list(islice(rows, BATCH)), [])
    while True:
        before = written
        with transaction.atomic(using=using):
            for batch in islice(batches, PER_TRANSACTION):
                statements.insert_many(model, _columns(model, batch, others, using), using)
                written += len(batch)
        if written == before:
            break
        if is_told:
            _tell(f"\r  {written:>9,} {model._meta.verbose_name_plural}")
    if is_told:
        _tell(f", {time.monotonic() - began:.0f} s\n")


def _fill_texts(*, is_told: bool) -> None:
    """What was said as the search has it, as `tavus_rebuild --only search` makes it."""
    began, written = time.monotonic(), sum(1 for _succeeded in fill_all())
    if is_told:
        _tell(f"  {written:>9,} texts, {time.monotonic() - began:.0f} s\n")


def _columns(model: Any, batch: list[Row], others: Row, using: str) -> dict[str, Any]:
    """A batch as `insert_many` takes it, with the default of each column that is not made."""
    told = {name: [row[name] for row in batch] for name in batch[0]}
    told |= {name: [value] * len(batch) for name, value in others.items() if name not in told}
    return statements.prepared(model, told, using)


def _tell(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
