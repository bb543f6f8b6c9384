"""Database functions that the ORM lacks."""

from typing import Any

from django.db import models


class Holds(models.Func):
    """Whether bytes contain other bytes: `Holds("body", Value(b"...", BinaryField()))`.

    Always True on a database without a known expression for it: the filter then keeps more rows.
    """

    output_field = models.BooleanField()
    conditional = True

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        return "(1 = 1)", ()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return super().as_sql(compiler, connection, template="(INSTR(%(expressions)s) > 0)", **more)

    def as_mysql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sqlite(compiler, connection, **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        swapped = self.copy()
        swapped.set_source_expressions(self.get_source_expressions()[::-1])
        return super(Holds, swapped).as_sql(
            compiler,
            connection,
            template="(POSITION(%(expressions)s) > 0)",
            arg_joiner=" IN ",
            **more,
        )
