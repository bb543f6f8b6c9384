"""The ORM's statements, for databases that have none of their own, do what the written ones do."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.signals import post_save, pre_save

from tavus_hooks.db import dialects, statements
from tavus_hooks.db.dialects.orm import Dialect
from tavus_hooks.models import Callback, Conversation, Failure, Recording, Turn, Video
from tests import factories
from tests.databases import OURS

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 14, 13, 0, 0, 123456, tzinfo=UTC)
GUARDED = {"state_as_of": ("status", "updated_at"), "links_as_of": ("hosted_url",)}


@pytest.fixture
def by_orm(monkeypatch):
    """As if the database had no dialect of its own."""
    monkeypatch.setattr(dialects, "_BY_VENDOR", {})


@pytest.fixture(params=["own", "orm"], autouse=True)
def either_dialect(request):
    """Each test runs twice: with the statements of the database that is tested, and the ORM's."""
    if request.param == "orm":
        request.getfixturevalue("by_orm")


def callback(**columns):
    return Callback(**{"body": b"{}", "digest": "d" * 64, "received_at": NOW} | columns)


def video(precedence, **columns):
    return Video(video_id="v1", state_as_of=precedence, links_as_of=precedence, **columns)


def turns(*contents, conversation):
    said = {
        "position": range(len(contents)),
        "role": ["user"] * len(contents),
        "content": contents,
        "tool_calls": [""] * len(contents),
        "occurred_at": [NOW + timedelta(seconds=n) if n else None for n in range(len(contents))],
        "seconds_from_start": [float(n) for n in range(len(contents))],
        "duration": [None] * len(contents),
        "inference_id": [""] * len(contents),
    }
    columns = statements.prepared(Turn, said, OURS)
    return columns | {"conversation": [conversation.pk] * len(contents)}


def told(conversation):
    columns = "position", "role", "content", "occurred_at", "seconds_from_start"
    return list(Turn.everything.filter(conversation=conversation).values_list(*columns))


@pytest.fixture
def conversation():
    return Conversation.objects.create(conversation_id="c1")


class TestInsert:
    def test_the_row_is_there_as_it_was_given_and_knows_its_key(self):
        row = callback(body=b"\x00\xff{}", subject_id="ü", occurred_at=NOW, attempts=3)
        statements.insert(row, OURS)
        assert (row._state.adding, row._state.db) == (False, OURS)
        names = [field.attname for field in Callback._meta.concrete_fields]
        [stored] = Callback.objects.filter(pk=row.pk)
        for name in names:
            value = getattr(stored, name)
            assert (bytes(value) if name == "body" else value) == getattr(row, name)

    def test_each_has_a_key_of_its_own(self):
        rows = [callback(digest=str(n)) for n in range(3)]
        for row in rows:
            statements.insert(row, OURS)
        assert [Callback.objects.get(pk=row.pk).digest for row in rows] == ["0", "1", "2"]

    def test_a_key_that_is_taken_is_an_integrity_error(self):
        statements.insert(callback(idempotency_key="k"), OURS)
        with pytest.raises(IntegrityError), transaction.atomic(using=OURS):
            statements.insert(callback(idempotency_key="k"), OURS)


class TestInsertDuplicate:
    def insert(self, row, *, since=NOW, digest="d" * 64):
        return statements.insert_duplicate(
            row,
            reference="duplicate_of",
            same={"idempotency_key": "k", "digest": digest},
            since=("received_at", since),
            empty="pruned_at",
            using=OURS,
        )

    def test_it_points_to_its_original_or_is_not_inserted(self):
        """Where the database cannot tell, it is not: the caller then finds the original itself."""
        original, row = callback(idempotency_key="k"), callback()
        statements.insert(original, OURS)
        if self.insert(row):
            assert row.duplicate_of_id == original.pk
            assert Callback.objects.get(pk=row.pk).duplicate_of == original
        else:
            assert row.pk is None
            assert Callback.objects.get() == original

    @pytest.mark.parametrize(
        "differing", [{"since": NOW + timedelta(seconds=1)}, {"digest": "e" * 64}]
    )
    def test_nothing_is_inserted_where_there_is_no_original(self, differing):
        original = callback(idempotency_key="k")
        statements.insert(original, OURS)
        assert not self.insert(callback(), **differing)
        assert Callback.objects.get() == original


class TestUpdate:
    @pytest.fixture
    def row(self):
        row = callback(attempts=1)
        statements.insert(row, OURS)
        return row

    def update(self, row, given=None):
        changes = {"due_at": NOW, "attempts": 2}
        return statements.update(Callback, row.pk, changes, OURS, given)

    def test_it_sets_the_columns_of_one_row(self, row):
        other = callback(attempts=1)
        statements.insert(other, OURS)
        assert self.update(row) is True
        row.refresh_from_db()
        assert (row.due_at, row.attempts) == (NOW, 2)
        other.refresh_from_db()
        assert (other.due_at, other.attempts) == (None, 1)

    def test_what_is_changed_to_the_same_counts_as_changed(self, row):
        assert self.update(row)
        assert self.update(row) is True

    def test_it_sets_null(self, row):
        self.update(row)
        assert statements.update(Callback, row.pk, {"due_at": None}, OURS)
        assert Callback.objects.get().due_at is None

    def test_a_row_as_it_was_given_is_changed(self, row):
        assert self.update(row, {"attempts": 1, "pruned_at": None}) is True

    @pytest.mark.parametrize("given", [{"attempts": 7}, {"attempts": 1, "pruned_at": NOW}])
    def test_one_that_differs_is_not(self, row, given):
        assert self.update(row, given) is False
        assert Callback.objects.get().attempts == 1

    def test_one_that_must_be_null_and_is_not_is_left_alone(self, row):
        Callback.objects.update(pruned_at=NOW)
        assert self.update(row, {"pruned_at": None}) is False

    def test_one_that_is_gone_is_not(self, row):
        Callback.objects.all().delete()
        assert self.update(row) is False


class TestUpsert:
    def test_a_new_row_is_inserted_and_returned_as_it_stands(self):
        found = statements.upsert(video("1", status="ready", updated_at=NOW), *self.how)
        assert (found.pk, found.status, found.updated_at) == (Video.objects.get().pk, "ready", NOW)
        assert found._state.db == OURS

    how = ("video_id", GUARDED, OURS)

    @pytest.mark.parametrize(
        ("precedence", "stands"), [("1", "before"), ("2", "before"), ("3", "after")]
    )
    def test_only_a_greater_precedence_overwrites(self, precedence, stands):
        first = statements.upsert(video("2", status="before", hosted_url="before"), *self.how)
        found = statements.upsert(video(precedence, status="after", hosted_url="after"), *self.how)
        assert found.pk == first.pk
        assert (found.status, found.hosted_url) == (stands, stands)
        stored = Video.objects.get()
        assert (stored.status, stored.hosted_url) == (stands, stands)
        assert stored.state_as_of == max(precedence, "2")

    def test_each_group_goes_by_a_precedence_of_its_own(self):
        statements.upsert(video("2", status="before", hosted_url="before"), *self.how)
        newer = Video(video_id="v1", state_as_of="1", links_as_of="3", status="x", hosted_url="x")
        found = statements.upsert(newer, *self.how)
        assert (found.status, found.hosted_url) == ("before", "x")

    def test_what_no_precedence_guards_stays(self):
        statements.upsert(video("1", made_by=7, script="before"), *self.how)
        found = statements.upsert(video("2", made_by=8, script="after"), *self.how)
        assert (found.made_by, found.script) == (7, "before")

    def test_other_rows_stay(self):
        statements.upsert(Video(video_id="v0", state_as_of="0", status="other"), *self.how)
        statements.upsert(video("1", status="before"), *self.how)
        statements.upsert(video("2", status="after"), *self.how)
        assert Video.objects.get(video_id="v0").status == "other"

    def test_what_is_refused_for_another_reason_is_an_error(self):
        recording = Recording(identity="r1", ready_as_of="1", conversation_id=None)
        guarded = {"ready_as_of": ("ready_at",)}
        with pytest.raises(IntegrityError), transaction.atomic(using=OURS):
            statements.upsert(recording, "identity", guarded, OURS)


class TestMany:
    def test_they_are_inserted(self, conversation):
        contents = [str(n) for n in range(45)]
        statements.insert_many(Turn, turns(*contents, conversation=conversation), OURS)
        rows = told(conversation)
        assert [row[2] for row in rows] == contents
        assert rows[0] == (0, "user", "0", None, 0.0)
        assert rows[1] == (1, "user", "1", NOW + timedelta(seconds=1), 1.0)

    def test_those_with_the_same_key_are_overwritten_and_keep_theirs(self, conversation):
        statements.insert_many(Turn, turns("a", "b", conversation=conversation), OURS)
        before = list(Turn.everything.values_list("pk", flat=True))
        changed = turns("A", "b", "c", conversation=conversation)
        statements.upsert_many(Turn, ("conversation", "position"), changed, OURS)
        assert [row[2] for row in told(conversation)] == ["A", "b", "c"]
        assert list(Turn.everything.values_list("pk", flat=True))[:2] == before

    def test_those_of_another_conversation_stay(self, conversation):
        other = Conversation.objects.create(conversation_id="c2")
        statements.insert_many(Turn, turns("a", conversation=other), OURS)
        changed = turns("A", conversation=conversation)
        statements.upsert_many(Turn, ("conversation", "position"), changed, OURS)
        assert [row[2] for row in told(other)] == ["a"]

    def test_none_is_no_error(self, conversation):
        for write in (
            lambda none: statements.insert_many(Turn, none, OURS),
            lambda none: statements.upsert_many(Turn, ("conversation", "position"), none, OURS),
        ):
            write(turns(conversation=conversation))
        assert not Turn.everything.exists()

    def test_one_that_is_refused_is_an_error(self, conversation):
        refused = turns(None, conversation=conversation)
        for write in (
            lambda: statements.insert_many(Turn, refused, OURS),
            lambda: statements.upsert_many(Turn, ("conversation", "position"), refused, OURS),
        ):
            with pytest.raises(IntegrityError), transaction.atomic(using=OURS):
                write()


def test_a_row_exists_where_what_is_given_is_not_null(conversation):
    def exists():
        return statements.exists(
            Conversation, "conversation_id", "c1", given="forgotten_at", using=OURS
        )

    assert exists() is False
    Conversation.objects.update(forgotten_at=NOW)
    assert exists() is True
    Conversation.objects.update(conversation_id="c2")
    assert exists() is False


def test_no_signals_of_models_are_sent(conversation):
    heard = []

    def hear(sender, **kwargs):
        heard.append(sender)

    for signal in (pre_save, post_save):
        signal.connect(hear)
    try:
        row = callback()
        statements.insert(row, OURS)
        statements.update(Callback, row.pk, {"attempts": 1}, OURS)
        for precedence in "12":
            statements.upsert(video(precedence), *TestUpsert.how)
        said = turns("a", conversation=conversation)
        statements.insert_many(Turn, said, OURS)
        statements.upsert_many(Turn, ("conversation", "position"), said, OURS)
    finally:
        for signal in (pre_save, post_save):
            signal.disconnect(hear)
    assert heard == []


@pytest.mark.also_in_autocommit
def test_callbacks_go_their_way_whatever_the_order(receive):
    """All statements together, as the receiver uses them."""
    hi, hello = ({"role": "user", "content": text} for text in ("Hi", "Hello"))
    for body in (
        factories.video(updated_at="2024-08-28 15:29:19.802670"),
        factories.video(status="generating", updated_at="2024-08-28 15:20:00.000000"),
        factories.transcript(hi, hi, timestamp="2025-07-11T06:48:37.564961Z"),
        factories.transcript(hello, timestamp="2025-07-11T06:49:00Z"),
    ):
        original = receive(body)
        assert original.handled_at is not None
        assert receive(body).duplicate_of == original
    assert Video.objects.get().status == "ready"
    assert [turn.content for turn in Turn.objects.all()] == ["Hello"]
    assert Turn.everything.count() == 2
    assert not Failure.objects.exists()
    assert Callback.objects.count() == 8


def test_what_another_process_inserts_between_look_and_insert_is_overwritten(
    by_orm, monkeypatch, conversation
):
    """A database of which the dialect is written has one statement for it: nothing is between."""
    theirs = {
        Video: lambda: Video.objects.create(video_id="v1", state_as_of="1", status="theirs"),
        Turn: lambda: Turn.objects.create(conversation=conversation, position=0, content="a"),
    }

    def insert(self, row, *args, insert=Dialect._insert_unless_there):
        theirs[type(row)]()
        insert(self, row, *args)

    monkeypatch.setattr(Dialect, "_insert_unless_there", insert)
    found = statements.upsert(video("2", status="ours"), *TestUpsert.how)
    assert found.status == Video.objects.get().status == "ours"
    changed = turns("A", conversation=conversation)
    statements.upsert_many(Turn, ("conversation", "position"), changed, OURS)
    assert Turn.objects.get().content == "A"
