"""Columns for ids and references: compared character by character, and found through an index.

Else the default collation of the database would decide whether `rABC`, `rabc` and `rABC ` are one
id, and whether an index finds what begins with a text.
"""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import lookups
from django.db.models.expressions import Col

from .dialects import dialect_of

if TYPE_CHECKING:
    CharField = models.CharField[str, str]
else:
    CharField = models.CharField

_LAST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)
"""Code points that no text in a database has."""


class ExactField(CharField):
    """Text of which every character counts: case, accents, and white space at its end.

    Sorted by code points. `startswith` is a comparison with two texts, for which the database can
    use an index of the column. The lookups that ignore case work as in any other column.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        collation = dialect_of(connection).exact_collation(connection)
        return {**super().db_parameters(connection), "collation": collation}


class Folding(models.Func):
    """An expression in which case can be ignored; it only differs for that of an `ExactField`."""

    arity = 1

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        [expression] = self.get_source_expressions()
        sql, params = compiler.compile(expression)
        collation = dialect_of(connection).folding_collation
        if collation and isinstance(expression.output_field, ExactField):
            sql = f"({sql} COLLATE {connection.ops.quote_name(collation)})"
        return sql, params


@ExactField.register_lookup
class Equal(lookups.Exact):
    """What the column is compared with may have a collation of its own, such as a host's column."""

    def process_rhs(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        sql, params = super().process_rhs(compiler, connection)
        if hasattr(self.rhs, "as_sql") and not _is_exact(self.rhs):
            sql = dialect_of(connection).as_exact(sql, connection)
        return sql, params


@ExactField.register_lookup
class BeginsWith(lookups.StartsWith):
    """From the prefix on, and before the first text that comes after all that begin with it."""

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        is_comparable = _is_exact(self.lhs) and dialect_of(connection).exact_collation(connection)
        if not is_comparable or not self.rhs_is_direct_value():
            return super().as_sql(compiler, connection)
        column, params = compiler.compile(self.lhs)
        first = str(self.rhs)
        after = after_all_that_begin_with(first)
        if not after:
            return f"{column} >= %s", (*params, first)
        return f"({column} >= %s AND {column} < %s)", (*params, first, *params, after)


def after_all_that_begin_with(prefix: str) -> str:
    """The first text in the order of code points that is behind all those; empty if none is."""
    rest = prefix.rstrip(chr(_LAST))
    if not rest:
        return ""
    following = ord(rest[-1]) + 1
    if following in _SURROGATES:
        following = _SURROGATES.stop
    return rest[:-1] + chr(following)


def _is_exact(expression: Any) -> bool:
    """Whether it is a column of this kind."""
    return isinstance(expression, Col) and isinstance(expression.target, ExactField)


class _IgnoresCase:
    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> Any:
        this: Any = super()
        lhs = self.lhs if lhs is None else lhs  # type: ignore[attr-defined]
        return this.process_lhs(compiler, connection, Folding(lhs))


@ExactField.register_lookup
class IEqual(_IgnoresCase, lookups.IExact):
    pass


@ExactField.register_lookup
class IContains(_IgnoresCase, lookups.IContains):
    pass


@ExactField.register_lookup
class IBeginsWith(_IgnoresCase, lookups.IStartsWith):
    pass


@ExactField.register_lookup
class IEndsWith(_IgnoresCase, lookups.IEndsWith):
    pass


@ExactField.register_lookup
class IRegex(_IgnoresCase, lookups.IRegex):
    pass
