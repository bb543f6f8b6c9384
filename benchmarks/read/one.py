"""One size on one database: makes it, fills it, and asks what it is told to.

python -m benchmarks.read.one CALLBACKS [--turns NUMBER] [--only TEXT] [--keep] [--count] [--told]

Its first line of output, in JSON, says the vendor of the database and the names of all requests.
Then it reads numbers of requests, a line each, and writes a line with the answer to each.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import django
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.utils import timezone

NAME = "tavus_bench_"
"""How the databases are called that this makes, and no other is ever touched."""
USERNAME = "reader"
ROWS, KEYS = 200, 40
"""The bounds of lists where work is counted."""
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""It is always this moment, when the newest callback was received: the same is asked every day."""


def main() -> int:
    """Run by `benchmarks.read`, in a process of its own for each database."""
    parser = argparse.ArgumentParser(prog="benchmarks.read.one", description=__doc__)
    parser.add_argument("callbacks", type=int)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--count", action="store_true")
    parser.add_argument("--told", action="store_true", help="tell on stderr how far it is")
    options = parser.parse_args()
    django.setup()
    name = Path(str(connection.settings_dict["NAME"])).stem
    if not name.startswith(NAME):
        raise SystemExit(f"{name} is not a database of the benchmark's.")
    try:
        with patch.object(timezone, "now", lambda: NOW), _lowered(options.count):
            if not (options.keep and _is_filled(options.callbacks, options.turns)):
                _drop()
                _make()
                _fill(options.callbacks, options.turns, is_told=options.told)
            _answer(options.only, is_counted=options.count)
    finally:
        if not options.keep:
            _drop()
    return 0


@contextmanager
def _lowered(is_counted: bool) -> Iterator[None]:
    """The bounds of lists, so low that both sizes that are counted reach them."""
    from tavus_hooks.admin import bounded, tag
    from tavus_hooks.db.fulltext import base, mysql, postgresql, sqlite
    from tavus_hooks.filters import listing, page, search_filter

    matching = import_module("tavus_hooks.search.matching")  # a function there has its name

    lower: dict[tuple[Any, str], Any] = {
        (listing, "MOST"): ROWS,
        (page, "LOOKED_THROUGH"): {},
        (page, "LOOKED_THROUGH_ELSEWHERE"): ROWS,
        (tag, "MOST_COUNTED"): KEYS,
    }
    lower |= {(module, "NEWEST"): ROWS for module in (base, matching, mysql, postgresql, sqlite)}
    lower |= {(module, "MOST_KEYS"): KEYS for module in (bounded, listing, search_filter)}
    with ExitStack() as stack:
        for (module, name), bound in lower.items() if is_counted else ():
            stack.enter_context(patch.object(module, name, bound))
        yield


def _is_filled(callbacks: int, turns: int) -> bool:
    """Whether an earlier run has left the same rows: its user, made last, says which."""
    from django.contrib.auth.models import User

    with suppress(DatabaseError):
        return User.objects.filter(username=USERNAME, email=_filling(callbacks, turns)).exists()
    return False


def _filling(callbacks: int, turns: int) -> str:
    """What identifies a filling: the numbers, and the code that makes tables and rows."""
    import tavus_hooks

    migrations = Path(tavus_hooks.__file__).parent / "migrations"
    code = hashlib.sha256()
    for path in sorted([*migrations.glob("*.py"), *Path(__file__).parent.glob("*.py")]):
        code.update(path.read_bytes())
    return f"{callbacks}-{turns}@{code.hexdigest()[:40]}.invalid"


def _drop() -> None:
    """Delete the database, if there is one."""
    connection.close()
    if connection.vendor == "sqlite":
        path = Path(str(connection.settings_dict["NAME"]))
        for each in path.parent.glob(f"{path.name}*"):
            each.unlink()
        return
    forced = " WITH (FORCE)" if connection.vendor == "postgresql" else ""
    _without_database(f"DROP DATABASE IF EXISTS {_quoted_name()}{forced}")


def _make() -> None:
    """An empty, migrated database."""
    if connection.vendor == "mysql":
        test = connection.settings_dict["TEST"]
        _without_database(f"CREATE DATABASE {_quoted_name()} CHARACTER SET {test['CHARSET']}")
    elif connection.vendor != "sqlite":
        _without_database(f"CREATE DATABASE {_quoted_name()}")
    call_command("migrate", verbosity=0)


def _quoted_name() -> str:
    return connection.ops.quote_name(str(connection.settings_dict["NAME"]))


def _without_database(statement: str) -> None:
    """Run by a connection that names none, as Django makes its databases for tests."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


def _fill(callbacks: int, turns: int, *, is_told: bool) -> None:
    from django.contrib.auth.models import User

    from .fill import fill, settle
    from .scale import Scale

    fill(Scale(callbacks, NOW, turns), is_told=is_told)
    User.objects.create_superuser(USERNAME, _filling(callbacks, turns))
    settle()


def _answer(only: str, *, is_counted: bool) -> None:
    """Ask what the lines of the input say, until it ends."""
    from django.contrib.auth.models import User

    from tavus_hooks.models import Callback

    from .ask import ask, count
    from .requests import everything
    from .scale import Scale

    scale = Scale(Callback.objects.count(), NOW)
    user = User.objects.get(username=USERNAME)
    asked = [it for it in everything(scale, user) if only in it.name]
    _say({"vendor": connection.vendor, "names": [it.name for it in asked]})
    told = (asked[int(line)] for line in sys.stdin)
    for answer in (count if is_counted else ask)(user, told):
        _say(answer._asdict() | {"queries": len(answer.queries)})


def _say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
