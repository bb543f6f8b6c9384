"""What one database does in another way than the others."""

from contextlib import contextmanager
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import OperationalError, transaction
from django.test.utils import CaptureQueriesContext

from tavus_hooks.db.fulltext import base, mysql, postgresql, sqlite
from tavus_hooks.models import Conversation, SearchText, Video
from tavus_hooks.search import indexes, matches, matching
from tavus_hooks.search.indexes import erase_words
from tests.databases import OURS, connection
from tests.factories import document, replica, video
from tests.search.conftest import links, marks, said, shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]

on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="on SQLite only")
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="on PostgreSQL only")
on_mariadb = pytest.mark.skipif(connection.vendor != "mysql", reason="on MariaDB and MySQL only")


def migrate(*target):
    call_command("migrate", *target, database=OURS, verbosity=0, stdout=StringIO())


@pytest.fixture
def migrated_again():
    yield
    migrate("tavus_hooks", "0001")
    migrate()


def test_the_migration_can_be_undone_and_done_again(receive, find, migrated_again):
    receive(said("heliotrope"))
    receive(video("v1", video_name="heliotrope"))
    migrate("tavus_hooks", "0001")
    receive(video("v2", video_name="violet"))
    migrate()
    assert find("violet") == ["violet"]
    assert find("heliotrope") == ["heliotrope"]
    # Transcripts that came before are left to a loop.
    assert SearchText.objects.filter(due_at__isnull=False).count() == 1
    call_command("tavus_process", stdout=StringIO())
    assert find("heliotrope") == ["c1", "heliotrope"]


def test_emptying_the_tables_empties_the_index(receive, find):
    receive(said("heliotrope"))
    for body in (video("v1", video_name="heliotrope"), replica("r1", replica_name="heliotrope")):
        receive(body)
    receive(document("d1", document_name="heliotrope"))
    assert len(find("heliotrope")) == 4
    with (
        transaction.atomic(using=OURS),
        connection.constraint_checks_disabled(),
        connection.cursor() as cursor,
    ):
        for table in connection.introspection.django_table_names(only_existing=True):
            if table.startswith("tavus_hooks"):
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608
    assert find("heliotrope") == []
    receive(video("v2", video_name="heliotrope"))
    assert find("heliotrope") == ["heliotrope"]


def test_so_does_djangos_flush(receive, client):
    receive(said("heliotrope"))
    receive(video("v1", video_name="heliotrope"))
    call_command("flush", interactive=False, database=OURS, verbosity=0)
    assert not Video.objects.exists()
    assert not SearchText.objects.exists()
    receive(video("v2", video_name="violet"))
    client.force_login(User.objects.create_superuser("admin"))
    assert links(shown(client, "heliotrope")) == []
    assert links(shown(client, "violet")) == ["violet"]


class TestSQLiteWithoutFTS5:
    pytestmark = on_sqlite

    @contextmanager
    def lacking(self):
        """As a SQLite answers that was compiled without it."""

        def execute(run, sql, *args):
            if "fts5" in sql.lower():
                raise OperationalError("no such module: fts5")
            return run(sql, *args)

        with connection.execute_wrapper(execute):
            yield

    @pytest.fixture(autouse=True)
    def lacks(self, migrated_again):
        migrate("tavus_hooks", "0001")
        with self.lacking():
            migrate()
            yield

    def test_the_newest_rows_are_searched_and_the_page_says_so(self, receive, client):
        receive(said("My heliotrope"))
        receive(video("v1", video_name="A Heliotrope"))
        receive(replica("r1", replica_name="heliotropes"))
        page = shown(client, "HELIOTROPE")
        assert links(page) == ["c1", "A Heliotrope", "heliotropes"]  # parts of words, too
        assert "only the newest rows were searched" in page.text
        assert links(shown(client, "my heliotrope")) == ["c1"]
        assert links(shown(client, "v1")) == ["A Heliotrope"]

    def test_case_does_not_matter_beyond_ascii(self, receive, client):
        receive(said("ÜBERMUT"))
        receive(video("v1", video_name="ÜBERMUT"))
        receive(video("v2", video_name="Ein Übermut"))
        for typed in ("übermut", "ÜBERMUT", "Übermut"):
            page = shown(client, typed)
            assert sorted(links(page)) == ["Ein Übermut", "c1", "ÜBERMUT"]
            assert marks(page) == ["ÜBERMUT"]

    def test_no_further_than_the_newest(self, receive, client, monkeypatch):
        monkeypatch.setattr(base, "SCANNED", 2)
        for number in range(3):
            receive(video(f"v{number}", video_name=f"heliotrope {number}"))
        assert links(shown(client, "heliotrope")) == ["heliotrope 2", "heliotrope 1"]

    def test_what_nobody_may_see_is_not_found_either(self, receive, client, hooks):
        receive(video("v1", video_name="heliotrope"))
        hooks(VISIBLE_ROWS="tests.search.test_who.nothing")
        assert links(shown(client, "heliotrope")) == []

    def test_all_else_works_and_with_it_everything_is_found_again(self, receive, client):
        receive(said("heliotrope"))
        call_command("tavus_rebuild", "--only", "search", stdout=StringIO())
        call_command("tavus_forget", "conversation", "c1", "--noinput", stdout=StringIO())
        assert links(shown(client, "heliotrope")) == []


@on_sqlite
def test_an_index_that_was_lost_with_its_table_is_made_again(receive, find):
    receive(video("v1", video_name="heliotrope"))
    with connection.cursor() as cursor:  # as Django does when a migration makes the table again
        for trigger in ("added", "gone", "changed"):
            cursor.execute(f"DROP TRIGGER tavus_hooks_words_video_{trigger}")
    receive(video("v2", video_name="violet"))
    assert find("violet") == []
    migrate()
    assert find("violet") == ["violet"]
    receive(video("v3", video_name="rose"))
    assert find("rose") == ["rose"]


LOSING = {
    "sqlite": ["DROP TABLE tavus_hooks_words_video"]
    + [f"DROP TRIGGER tavus_hooks_words_video_{it}" for it in ("added", "gone", "changed")],
    "postgresql": [
        "DROP INDEX tavus_hooks_words_video",
        "ALTER TABLE tavus_hooks_searchtext DROP COLUMN vector",
    ],
    "mysql": ["ALTER TABLE tavus_hooks_video DROP INDEX tavus_hooks_words_video"],
}


def test_an_index_that_is_not_there_is_made_by_migrate(receive, find):
    """As where the tables were made without migrations, for the tests of a host."""
    with connection.cursor() as cursor:
        for statement in LOSING[connection.vendor]:
            cursor.execute(statement)
    migrate()
    receive(said("heliotrope"))
    receive(video("v1", video_name="heliotrope"))
    assert find("heliotrope") == ["c1", "heliotrope"]


@on_sqlite
def test_the_index_is_whole_whatever_is_written(receive, client):
    receive(said("heliotrope"))
    receive(said("violet", timestamp="2030-01-01T00:00:00Z"))
    receive(video("v1", video_name="a", status="generating"))
    receive(video("v1", video_name="b", updated_at="2030-01-01 00:00:00.0"))
    Video.objects.update(script="c")
    Conversation.objects.all().delete()
    with connection.cursor() as cursor:
        for name in ("said", "video", "replica", "label", "document"):
            table = f"tavus_hooks_words_{name}"
            cursor.execute(f"INSERT INTO {table}({table}, rank) VALUES ('integrity-check', 1)")  # noqa: S608


@on_postgresql
@pytest.mark.parametrize("most", [1, 2, 3, 4, 5])
def test_further_back_is_searched_until_enough_is_found(most, monkeypatch):
    """Two, twenty and more thousands of rows back."""
    keys = [29_999, 28_001, 15_000, 12_345, 5]
    Video.objects.bulk_create(Video(pk=pk, video_id=f"v{pk}", video_name="garden") for pk in keys)
    root = User.objects.create_superuser("root")
    monkeypatch.setattr(postgresql, "NEWEST", most)
    assert sorted(matches(Video, "garden", root).keys, reverse=True) == keys[:most]
    assert matches(Video, "meadow", root).keys == []


@on_postgresql
def test_words_are_told_as_the_configuration_says(receive, client, hooks, request):
    receive(said("The gardens were growing"))
    receive(video("v1", video_name="growing"))
    assert links(shown(client, "grow")) == ["growing"]  # by the beginning of its name
    rebuild = ("tavus_rebuild", "--only", "search")
    request.addfinalizer(lambda: call_command(*rebuild, stdout=StringIO()))
    hooks(SEARCH_CONFIGURATION="english")
    call_command(*rebuild, stdout=StringIO())
    assert links(shown(client, "grow")) == ["c1", "growing"]
    assert links(shown(client, "the")) == []
    hooks(SEARCH_CONFIGURATION="simple")


@on_mariadb
def test_short_and_frequent_words_are_left_out_and_named(receive, client):
    receive(said("Where is my garden?"))
    receive(video("v1", video_name="to be a gardener"))
    page = shown(client, "be a gardener")
    assert links(page) == ["to be a gardener"]
    assert "or so frequent: be, a" in page.text
    page = shown(client, "where is")
    assert links(page) == []
    assert "or so frequent: where, is" in page.text
    assert links(shown(client, "where is my garden")) == ["c1", "to be a gardener"]


@pytest.fixture
def other_connection():
    """To the same database, of another process as it were."""
    other = connection.copy()
    yield other
    other.close()


def asked(of, sql, *params):
    with of.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]


@on_mariadb
def test_words_are_erased_by_one_process_at_a_time(receive, other_connection, monkeypatch):
    """MariaDB 10.11 aborts where two do so, and with it all that is on the server."""
    monkeypatch.setattr(mysql, "LOCK_SECONDS", 0)
    receive(said("heliotrope"))
    SearchText.objects.all().delete()
    assert asked(other_connection, "SELECT GET_LOCK(%s, 60)", mysql.LOCK) == 1
    with CaptureQueriesContext(connection) as queries:
        [left] = erase_words([Conversation])
    assert "OPTIMIZE TABLE" in left
    assert not any(it["sql"].startswith(("OPTIMIZE", "SET GLOBAL")) for it in queries)
    assert asked(other_connection, "SELECT RELEASE_LOCK(%s)", mysql.LOCK) == 1
    with CaptureQueriesContext(connection) as queries:
        assert erase_words([Conversation]) == []
    assert any(it["sql"].startswith("OPTIMIZE") for it in queries)
    assert asked(other_connection, "SELECT IS_FREE_LOCK(%s)", mysql.LOCK) == 1


@on_mariadb
def test_after_erasing_the_server_optimizes_tables_as_before(receive, other_connection):
    """Even if a process was killed that had switched that off."""
    with connection.cursor() as cursor:
        cursor.execute("SET GLOBAL innodb_optimize_fulltext_only = ON")
    assert erase_words([Conversation]) == []
    assert asked(connection, "SELECT @@GLOBAL.innodb_optimize_fulltext_only") == 0

    def refuse(execute, sql, *args):
        if sql.startswith("SET GLOBAL innodb_optimize_fulltext_only = ON"):
            raise OperationalError(1227, "Access denied")
        return execute(sql, *args)

    with connection.execute_wrapper(refuse):
        assert len(erase_words([Conversation])) == 1
    assert asked(other_connection, "SELECT IS_FREE_LOCK(%s)", mysql.LOCK) == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="it is done within a transaction")
def test_while_the_index_is_made_anew_all_is_found(receive, find):
    receive(said("heliotrope"))
    receive(video("v1", video_name="heliotrope"))
    found = []

    def look(execute, sql, *args):
        answer = execute(sql, *args)
        if not looking:
            looking.append(True)
            found.append(find("heliotrope"))
            looking.clear()
        return answer

    looking: list[bool] = []
    with connection.execute_wrapper(look):
        indexes.renew_all()
    assert len(found) > 5
    assert all(it == ["c1", "heliotrope"] for it in found)


@pytest.mark.skipif(connection.vendor == "mysql", reason="it has its own order")
def test_of_many_matches_the_newest_are_found(receive, monkeypatch, client):
    monkeypatch.setattr(sqlite, "NEWEST", 2)
    monkeypatch.setattr(postgresql, "NEWEST", 2)
    for number in range(4):
        receive(video(f"v{number}", video_name="heliotrope"))
    user = User.objects.get(pk=client.session["_auth_user_id"])
    found = Video.objects.filter(matching(Video, "heliotrope", user))
    assert set(found.values_list("video_id", flat=True)) == {"v2", "v3"}
