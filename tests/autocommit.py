"""Tests that run a second time in autocommit, as production does.

A test with pytest-django's `db` runs within a transaction: there each `atomic()` is a savepoint,
nothing is committed, and what needs a transaction always finds one. Of what is marked
`also_in_autocommit`, a module, class or test, each such test therefore has a twin that begins
outside of any transaction: `test_name[autocommit]`.
"""

from functools import cache

import pytest
from django.apps import apps
from django.db import connections, transaction
from django.test import TestCase, TransactionTestCase

KEPT = {"auth.Permission", "contenttypes.ContentType"}
"""What `migrate` leaves behind, and every test may rely on."""


@pytest.hookimpl(trylast=True)  # the twin's id ends with it
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if not metafunc.definition.get_closest_marker("also_in_autocommit"):
        return
    marker = metafunc.definition.get_closest_marker("django_db")
    uses = set(metafunc.fixturenames)
    if marker is None and not uses & {"db", "admin_user", "admin_client"}:
        return
    if (marker and marker.kwargs.get("transaction")) or uses & {"transactional_db", "live_server"}:
        return
    twin = pytest.param(id="autocommit", marks=[pytest.mark.autocommit, pytest.mark.thorough])
    metafunc.parametrize([], [pytest.param(id=pytest.HIDDEN_PARAM), twin])


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.get_closest_marker("autocommit"):
        marker = item.get_closest_marker("django_db")
        given = marker.kwargs if marker else {}
        # Before what the function is marked with, which is what pytest-django asks.
        item.add_marker(pytest.mark.django_db(**given | {"transaction": True}), append=False)


def pytest_configure() -> None:
    TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[method-assign]
    TestCase._fixture_teardown = _roll_back  # type: ignore[method-assign]


_rolled_back = TestCase._fixture_teardown


def _roll_back(case: TestCase) -> None:
    """As Django does, and fail where that was in vain: the rows would be there in later tests."""
    _rolled_back(case)
    for alias in case._databases_names(include_mirrors=False):
        connection = connections[alias]
        if connection.features.can_rollback_ddl or connection.in_atomic_block:
            continue
        with connection.cursor() as cursor:
            cursor.execute(_which_have_rows(alias))
            tables = [table for (table,) in cursor.fetchall()]
        if tables:
            _empty_tables(case)
            raise AssertionError(
                f"rows stayed in {', '.join(tables)}: {connection.display_name} commits before "
                "it alters a table. This needs pytest.mark.django_db(transaction=True)."
            )


def _empty_tables(case: TransactionTestCase) -> None:
    """In place of `flush`, which empties all tables there are, and then makes the permissions anew.

    That takes longer than nearly every test, PostgreSQL's TRUNCATE above all.
    """
    for alias in case._databases_names(include_mirrors=False):
        connection = connections[alias]
        with connection.cursor() as cursor:
            cursor.execute(_which_have_rows(alias))
            tables = [table for (table,) in cursor.fetchall()]
        if not tables:
            continue
        # In any order: foreign keys are looked at when it is committed, or not at all.
        with (
            transaction.atomic(using=alias),
            connection.constraint_checks_disabled(),
            connection.cursor() as cursor,
        ):
            for table in tables:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608


@cache
def _which_have_rows(alias: str) -> str:
    connection = connections[alias]
    kept = {apps.get_model(label)._meta.db_table for label in KEPT}
    tables = set(connection.introspection.django_table_names(only_existing=True)) - kept
    return " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})"  # noqa: S608
        for table in sorted(tables)
    )
