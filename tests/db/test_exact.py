"""Ids are compared character by character, and found through an index, on every database."""

import re

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Cast, Concat, Lower
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from tavus_hooks.db.exact import ExactField, after_all_that_begin_with
from tavus_hooks.models import Access, Callback, Conversation, Refusal, Video
from tests.conftest import case
from tests.databases import OURS, connection, reading

pytestmark = pytest.mark.django_db

HIGHEST = chr(0x10FFFF)
HOSTILE = [
    "rABC",
    "rabc",
    "rABC ",
    "rABC  ",
    " rABC",
    "rABCd",
    "rÄbc",
    "räbc",
    "rabç",
    "r%",
    "r%a",
    "r_bc",
    "r_",
    "r\\",
    "r\\%",
    "r\\\\a",
    "r'\"",
    "r\t",
    "🤖",
    "🤖a",
    "🤗",
    "\ud7ff",
    "\ud7ffa",
    "\ue000",
    "\uffff",
    "\uffffa",
    "\U00010000",
    HIGHEST,
    HIGHEST + "a",
    HIGHEST * 2,
    f"r{HIGHEST}",
    f"r{HIGHEST}a",
    "s",
    "",
]
"""Texts that a collation or a pattern could take for others, each beside its neighbours."""


def videos(**asked):
    return sorted(Video.objects.filter(**asked).values_list("video_id", flat=True))


class TestComparing:
    @pytest.fixture(autouse=True)
    def rows(self):
        Video.objects.bulk_create(Video(video_id=text, reference=text) for text in HOSTILE)

    @pytest.mark.parametrize("text", HOSTILE, ids=ascii)
    def test_a_text_is_equal_to_itself_alone(self, text):
        assert videos(video_id=text) == [text]
        assert videos(video_id__in=[text, "elsewhere"]) == [text]

    @pytest.mark.parametrize("text", [*HOSTILE, "r", "R", "%", "_", "\\", "rabc "], ids=ascii)
    def test_what_begins_with_a_text_is_found_and_nothing_else(self, text):
        assert videos(reference__startswith=text) == sorted(
            each for each in HOSTILE if each.startswith(text)
        )
        others = Video.objects.exclude(reference__startswith=text)
        assert {it.reference for it in others} == {
            each for each in HOSTILE if not each.startswith(text)
        }

    def test_texts_are_sorted_by_their_code_points(self):
        by_id = Video.objects.order_by("video_id")
        assert list(by_id.values_list("video_id", flat=True)) == sorted(HOSTILE)

    def test_an_id_that_differs_in_one_character_is_another_row(self):
        for text in ("rABC", "rabc", "rABC "):
            row = Video.upsert(text, {"state": {"status": text}}, {"state": "1"})
            assert (row.video_id, row.status) == (text, text)
        assert Video.objects.count() == len(HOSTILE)
        with pytest.raises(IntegrityError), transaction.atomic(using=OURS):
            Video.objects.create(video_id="rABC")

    def test_a_beginning_may_be_a_number(self):
        Video.objects.create(video_id="12")
        assert videos(video_id__startswith=1) == ["12"]

    def test_a_database_that_is_not_known_is_asked_as_django_asks_it(self, monkeypatch):
        monkeypatch.setattr(reading, "vendor", "unheard-of")
        query = Video.objects.filter(video_id__startswith="rABC").query
        sql, parameters = query.get_compiler(reading.alias).as_sql()
        assert " LIKE " in sql
        assert parameters == ("rABC%",)


class TestExpressions:
    """What is compared with a column need not be a value."""

    @pytest.fixture(autouse=True)
    def rows(self):
        Video.objects.create(video_id="rABC", reference="rA", replica_id="rABC")
        Video.objects.create(video_id="r%c", reference="r%", replica_id="R%C")
        Video.objects.create(video_id="other", reference="rA", replica_id="r")

    def test_another_column_may_be_the_beginning(self):
        assert videos(video_id__startswith=F("reference")) == ["r%c", "rABC"]

    def test_another_column_may_be_equal(self):
        assert videos(video_id=F("replica_id")) == ["rABC"]

    def test_a_function_of_the_column_may_begin_with_a_text(self):
        lower = Video.objects.annotate(lower=Lower("video_id"))
        assert [it.video_id for it in lower.filter(lower__startswith="rab")] == ["rABC"]

    @pytest.mark.parametrize("collation", ["utf8mb4_bin", "utf8mb4_general_ci"])
    def test_a_text_that_the_database_makes_may_have_any_collation(self, collation):
        if connection.vendor == "mysql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET collation_connection = {collation}")
        pk = Video.objects.get(video_id="rABC").pk
        Video.objects.filter(pk=pk).update(reference=f"video:{pk}")
        made = Concat(Value("video:"), Cast("pk", models.CharField()))
        assert videos(reference=made) == ["rABC"]


class TestIgnoringCase:
    """The lookups of Django that ignore case do so for ids as for any other text."""

    @pytest.fixture(autouse=True)
    def rows(self):
        for text in ("rABC", "rabcd", "rxyz"):
            Video.objects.create(video_id=text)

    @pytest.mark.parametrize(
        ("lookup", "text", "found"),
        [
            ("iexact", "RABC", ["rABC"]),
            ("icontains", "aBc", ["rABC", "rabcd"]),
            ("istartswith", "RaB", ["rABC", "rabcd"]),
            ("iendswith", "bC", ["rABC"]),
            ("iregex", "^RA.C$", ["rABC"]),
        ],
    )
    def test_case_does_not_matter(self, lookup, text, found):
        assert videos(**{f"video_id__{lookup}": text}) == found

    @pytest.mark.parametrize("lookup", ["icontains", "istartswith", "iendswith", "iexact"])
    def test_each_other_character_counts(self, lookup):
        for text in ("🤖", "%", "_", "\\"):
            Video.objects.create(video_id=text)
            for other in ("🤗", "%%", "__"):
                assert videos(**{f"video_id__{lookup}": other}) == []
            assert videos(**{f"video_id__{lookup}": text}) == [text]

    @pytest.mark.parametrize("lookup", ["icontains", "istartswith", "iexact"])
    def test_the_case_of_other_letters_than_ascii_is_no_matter_where_the_database_knows_it(
        self, lookup
    ):
        if connection.vendor == "sqlite":
            pytest.skip("SQLite knows case only of ASCII")
        Video.objects.create(video_id="ÄRGER")
        assert videos(**{f"video_id__{lookup}": "ärger"}) == ["ÄRGER"]


@given(st.text(), st.text())
def test_the_texts_from_a_beginning_on_and_before_its_end_are_those_that_begin_with_it(
    beginning, text
):
    for each in (text, beginning + text, beginning[:-1] + text):
        after = after_all_that_begin_with(beginning)
        is_between = beginning <= each and (not after or each < after)
        assert is_between == each.startswith(beginning)
        # No database takes half a character.
        assert not any("\ud800" <= character <= "\udfff" for character in after)


class TestIndexes:
    """With some thousands of rows there are better plans than reading all of them."""

    ROWS = 3000

    @pytest.fixture(autouse=True)
    def some_thousand_rows(self):
        ids = [f"{number % 10}{number:05}" for number in range(self.ROWS)]
        given = [{"replica_id": it, "reference": f"shop:{it}"} for it in ids]
        Video.objects.bulk_create(Video(video_id=it["replica_id"], **it) for it in given)
        Conversation.objects.bulk_create(
            Conversation(conversation_id=it["replica_id"], **it) for it in given
        )
        Callback.objects.bulk_create(
            Callback(body=b"{}", digest="d", subject_type="video", subject_id=it) for it in ids
        )
        Access.objects.bulk_create(
            Access(conversation_id=it, action="opened", interface="api") for it in ids
        )
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")

    def test_a_whole_text_and_a_beginning_are_found_through_the_index(self):
        for model, column, index in (
            (Video, "video_id", "tavus_hooks_video_id"),
            (Video, "reference", "tavus_hooks_video_reference"),
            (Video, "replica_id", "tavus_hooks_video_replica"),
            (Conversation, "conversation_id", "tavus_hooks_conversation_id"),
            (Conversation, "reference", "tavus_hooks_conv_reference"),
            (Conversation, "replica_id", "tavus_hooks_conv_replica"),
            (Callback, "subject_id", "tavus_hooks_subject"),
            (Access, "conversation_id", "tavus_hooks_access_to"),
        ):
            text = "shop:100001" if column == "reference" else "100001"
            for asked in ({column: text}, {f"{column}__startswith": text[:-1]}):
                with case(model, asked):
                    found = model.objects.filter(**asked)
                    assert text in found.values_list(column, flat=True)
                    assert index in indexes_of(found)

    def test_the_callbacks_about_a_row_are_found_through_the_index(self):
        about = Callback.objects.about(Video.objects.get(video_id="100001"))
        assert about.count() == 1
        assert "tavus_hooks_subject" in indexes_of(about)

    def test_a_rebuild_finds_the_ids_through_the_index(self):
        ids = Callback.objects.filter(subject_type="video", subject_id__gt="9")
        ids = ids.values_list("subject_id", flat=True).distinct().order_by("subject_id")[:100]
        assert "tavus_hooks_subject" in indexes_of(ids)


def indexes_of(rows):
    """Those that the database reads these rows by, without what it only considers."""
    if reading.vendor == "mysql":
        return re.findall(r'"key": "(\w+)"', rows.explain(format="json").replace("\\", ""))
    named = re.findall(r"(?:INDEX|[Ss]can using|Scan Backward using|Scan on) (\w+)", rows.explain())
    # SQLite names that of a constraint itself, after the table.
    return [UNIQUE.get(name, name) for name in named]


UNIQUE = {
    "sqlite_autoindex_tavus_hooks_video_1": "tavus_hooks_video_id",
    "sqlite_autoindex_tavus_hooks_conversation_1": "tavus_hooks_conversation_id",
}


def test_no_column_has_two_indexes_that_begin_alike():
    for model in apps.get_app_config("tavus_hooks").get_models():
        with connection.cursor() as cursor, case(model):
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        columns = [tuple(it["columns"]) for it in found.values() if it["index"] or it["unique"]]
        assert len(columns) == len(set(columns))


def test_what_identifies_a_row_or_has_an_index_is_compared_exactly():
    inexact = set()
    for model in apps.get_app_config("tavus_hooks").get_models():
        options = model._meta
        named = {name for each in options.indexes for name in each.fields}
        named |= {name for each in options.total_unique_constraints for name in each.fields}
        for field in map(options.get_field, named):
            if isinstance(field, models.CharField) and not isinstance(field, ExactField):
                inexact.add((model, field.name))
    # The one is a word of people's, the other one of a few words of ours.
    assert inexact == {(Refusal, "reason")}


@pytest.mark.django_db(transaction=True)
@pytest.mark.one_database
@pytest.mark.parametrize(
    "default",
    [
        "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
        "CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
        "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        "CHARACTER SET latin1 COLLATE latin1_swedish_ci",
    ],
)
@isolate_apps("tests")
def test_three_ids_are_three_whatever_the_collation_of_the_database(default):
    if connection.vendor != "mysql":
        pytest.skip("on MariaDB and MySQL only")

    class Thing(models.Model):
        key = ExactField(max_length=20, unique=True)

        class Meta:
            app_label = "tests"

    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@character_set_database, @@collation_database")
        before = "CHARACTER SET {} COLLATE {}".format(*cursor.fetchone())
        cursor.execute(f"ALTER DATABASE {name} {default}")
    try:
        with connection.schema_editor() as editor:
            editor.create_model(Thing)
        try:
            for key in ("rABC", "rabc", "rABC ", "r🤖"):
                Thing.objects.create(key=key)
                assert Thing.objects.get(key=key).key == key
            assert Thing.objects.filter(key__startswith="rABC").count() == 2
            assert Thing.objects.filter(key__icontains="ABC").count() == 3
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(Thing)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} {before}")
