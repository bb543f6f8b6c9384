"""The default dialect, based on the ORM: correct on every database of Django, if not fast."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from django.db import IntegrityError, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .sql import fields_of

AnyModel = TypeVar("AnyModel", bound=models.Model)


class Dialect:
    """Statements, and information about a connection, for any database that Django supports.

    A database with a faster way has a subclass, which `dialect_of()` chooses by `vendor`.
    `statements.py` documents the statements. None of them sends a signal.
    """

    vendor: ClassVar[str] = ""
    """Django's name for the database: `connection.vendor`."""
    supports_databases_in_memory: ClassVar[bool] = False
    """Whether a database may live only as long as a connection to it is open."""
    folding_collation: ClassVar[str] = ""
    """The collation by which a column of `exact_collation()` is searched without regard to case;
    empty where it needs none."""

    def insert(self, row: models.Model, connection: BaseDatabaseWrapper) -> None:
        model: Any = type(row)
        rows = model._base_manager.using(connection.alias)
        # What `save()` does in the end, without its signals.
        [(row.pk,)] = rows._insert(
            [row],
            fields=fields_of(model),
            returning_fields=[model._meta.pk],
            raw=True,
            using=connection.alias,
        )
        row._state.adding = False
        row._state.db = connection.alias

    def insert_duplicate(
        self,
        row: models.Model,
        reference: str,
        same: Mapping[str, Any],
        since: tuple[str, Any],
        empty: str,
        connection: BaseDatabaseWrapper,
    ) -> bool:
        return False  # as if there were none: the plain insert that follows detects it

    def update(
        self,
        model: type[models.Model],
        pk: Any,
        changes: Mapping[str, Any],
        given: Mapping[str, Any],
        connection: BaseDatabaseWrapper,
    ) -> bool:
        rows = model._base_manager.using(connection.alias)
        return bool(rows.filter(pk=pk, **given).update(**changes))

    def upsert(
        self,
        row: AnyModel,
        key: str,
        guarded: Mapping[str, Sequence[str]],
        connection: BaseDatabaseWrapper,
    ) -> AnyModel:
        rows = type(row)._base_manager.using(connection.alias).filter(**{key: getattr(row, key)})
        with transaction.atomic(using=connection.alias):
            if not rows.exists():
                self._insert_unless_there(row, rows, connection)
            for guard, columns in guarded.items():
                older = rows.filter(**{f"{guard}__lt": getattr(row, guard)})
                older.update(**{name: getattr(row, name) for name in (guard, *columns)})
            return rows.get()

    def prepared(
        self,
        model: type[models.Model],
        columns: Mapping[str, Sequence[Any]],
        connection: BaseDatabaseWrapper,
    ) -> dict[str, Any]:
        return {name: list(values) for name, values in columns.items()}

    def insert_many(
        self,
        model: type[models.Model],
        columns: Mapping[str, Sequence[Any]],
        connection: BaseDatabaseWrapper,
    ) -> None:
        model._base_manager.using(connection.alias).bulk_create(_instances(model, columns))

    def upsert_many(
        self,
        model: type[models.Model],
        key: Sequence[str],
        columns: Mapping[str, Sequence[Any]],
        connection: BaseDatabaseWrapper,
    ) -> None:
        names = [model._meta.get_field(name).attname for name in columns if name not in key]  # type: ignore[union-attr]
        rows = model._base_manager.using(connection.alias)
        with transaction.atomic(using=connection.alias):
            for row in _instances(model, columns):
                same = rows.filter(**{name: getattr(row, name) for name in key})
                changes = {name: getattr(row, name) for name in names}
                if not same.update(**changes):
                    self._insert_unless_there(row, same, connection)
                    same.update(**changes)

    def exists(
        self,
        model: type[models.Model],
        key: str,
        value: Any,
        given: str,
        connection: BaseDatabaseWrapper,
    ) -> bool:
        rows = model._base_manager.using(connection.alias)
        return rows.filter(**{key: value, f"{given}__isnull": False}).exists()

    def is_idle(self, connection: BaseDatabaseWrapper, *, ask_server: bool) -> bool:
        """Whether the driver says that no transaction is open and each statement is committed.

        The server is queried only if the driver does not know and `ask_server` is True. For an
        unknown driver, returns True. Raises what the driver raises.
        """
        return True

    def locked_file(self, connection: BaseDatabaseWrapper) -> Path | None:
        """The file that a writer locks as a whole; None if writers do not lock a file."""
        return None

    @contextmanager
    def overwriting(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        """Overwrite erased data within the block, on databases that only mark it as free."""
        yield

    def remaining(self, connection: BaseDatabaseWrapper) -> list[str]:
        """Where the database may still keep data that was just erased, one readable line each."""
        return []

    def most_bytes(self, connection: BaseDatabaseWrapper) -> int | None:
        """The largest statement with its parameters that the server takes; None for any size."""
        return None

    def exact_collation(self, connection: BaseDatabaseWrapper) -> str | None:
        """The collation that compares and sorts text by its code points; None if not known."""
        return None

    def as_exact(self, sql: str, connection: BaseDatabaseWrapper) -> str:
        """The expression such that it can be compared with a column of `exact_collation()`."""
        collation = self.exact_collation(connection)
        return f"({sql} COLLATE {connection.ops.quote_name(collation)})" if collation else sql

    def _insert_unless_there(
        self, row: models.Model, same: "models.QuerySet[Any]", connection: BaseDatabaseWrapper
    ) -> None:
        """Insert the row; another process may have inserted it since the query."""
        try:
            with transaction.atomic(using=connection.alias):
                self.insert(row, connection)
        except IntegrityError:
            if not same.exists():  # the error has another reason
                raise


def _instances(
    model: type[models.Model], columns: Mapping[str, Sequence[Any]]
) -> list[models.Model]:
    names = [model._meta.get_field(name).attname for name in columns]  # type: ignore[union-attr]
    rows = zip(*columns.values(), strict=True)
    return [model(**dict(zip(names, values, strict=True))) for values in rows]
