"""A database that has no dialect of its own is trusted, and asked for nothing but statements."""

import pytest

from tavus_hooks.db import dialects
from tavus_hooks.db.connection_guard import is_idle
from tavus_hooks.db.dialects.orm import Dialect
from tavus_hooks.db.erasing import erasing_for_good, left_after_erasing
from tests.databases import OURS, connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def unknown(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "unheard-of")


def test_each_database_that_is_tested_has_a_dialect_of_its_own():
    assert dialects.dialect_of(connection).vendor == connection.vendor


def test_any_other_is_left_to_the_orm(unknown):
    assert type(dialects.dialect_of(connection)) is Dialect


@pytest.mark.django_db(transaction=True)
def test_its_driver_is_trusted(unknown):
    connection.ensure_connection()
    assert is_idle(connection)


def test_nothing_is_asked_of_it_when_something_is_erased(unknown, django_assert_num_queries):
    with django_assert_num_queries(0, connection=connection):
        with erasing_for_good(OURS):
            pass
        assert left_after_erasing(OURS) == [
            "in backups and replicas of the database, until they are replaced"
        ]
        assert dialects.dialect_of(connection).most_bytes(connection) is None
