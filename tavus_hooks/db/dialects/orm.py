"""What the app asks of a database, answered by the ORM: right wherever Django runs, if not fast."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeVar

from django.db import IntegrityError, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .sql import fields_of

AnyModel = TypeVar("AnyModel", bound=models.Model)


class Limits(NamedTuple):
    """What a server is set to and the app depends on."""

    collation: str
    """By which new tables compare text."""
    statement_bytes: int
    """How many a statement may have, its parameters included."""


class Dialect:
    """Statements, and questions about a connection, for any database that Django knows.

    A database that does better by a way of its own has a subclass, which `dialect_of()` chooses by
    `vendor`. What the statements promise is written in `statements.py`. None sends a signal.
    """

    vendor: ClassVar[str] = ""
    """Django's name for the database: `connection.vendor`."""
    supports_databases_in_memory: ClassVar[bool] = False
    """Whether a database may live only as long as a connection to it is open."""

    def insert(self, row: models.Model, connection: BaseDatabaseWrapper) -> None:
        model: Any = type(row)
        rows = model._base_manager.using(connection.alias)
        # What `save()` comes to, without its signals.
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
        return False  # as if there were none: what follows finds it all the same

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
        """Whether the driver says that no transaction is open and each statement commits by itself.

        The server is asked only where the driver does not know, and `ask_server` allows it. A
        driver that is not known is trusted. Raises what the driver does when it cannot tell.
        """
        return True

    def locked_file(self, connection: BaseDatabaseWrapper) -> Path | None:
        """The file that one writer locks as a whole; None where writers do not wait for a file."""
        return None

    @contextmanager
    def overwriting(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        """Within it what is erased is overwritten, where else it is only marked as free."""
        yield

    def remaining(self, connection: BaseDatabaseWrapper) -> list[str]:
        """Where the database may still keep what was just erased: a line for people each."""
        return []

    def limits(self, connection: BaseDatabaseWrapper) -> Limits | None:
        """What the server is set to; None where none of it can get in the app's way."""
        return None

    def _insert_unless_there(
        self, row: models.Model, same: "models.QuerySet[Any]", connection: BaseDatabaseWrapper
    ) -> None:
        """Another process may insert it between the look and the insert."""
        try:
            with transaction.atomic(using=connection.alias):
                self.insert(row, connection)
        except IntegrityError:
            if not same.exists():  # it was refused for another reason
                raise


def _instances(
    model: type[models.Model], columns: Mapping[str, Sequence[Any]]
) -> list[models.Model]:
    names = [model._meta.get_field(name).attname for name in columns]  # type: ignore[union-attr]
    rows = zip(*columns.values(), strict=True)
    return [model(**dict(zip(names, values, strict=True))) for values in rows]
