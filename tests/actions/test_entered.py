"""What people enter is kept in tables of its own, by one verb each."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from tavus_hooks.actions import (
    ForgottenError,
    HeldError,
    change_note,
    forget,
    hold,
    label,
    lift,
    mark,
    note,
    rename_tag,
    set_offset,
    tag,
    untag,
)
from tavus_hooks.models import (
    Callback,
    FailureGroup,
    Note,
    Recording,
    RecordingOffset,
    Replica,
    ReplicaLabel,
    Tag,
    Tagging,
)
from tavus_hooks.models.subjects import Subject
from tests.databases import connection
from tests.factories import recording, replica, shutdown

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

LONE = "a\x00b\ud800c"
"""What no database keeps as it is."""


@pytest.fixture(autouse=True)
def subjects(receive):
    for body in (shutdown("c1"), shutdown("c2"), recording("c1"), replica("r1")):
        receive(body)


class TestNotes:
    def test_it_is_kept_with_who_entered_it_and_when(self):
        before = timezone.now()
        added = note(" c1 ", text="  She called twice.\n", by="ada")
        assert (added.conversation.conversation_id, added.text) == ("c1", "She called twice.")
        assert added.entered_by == "ada"
        assert before <= added.entered_at <= timezone.now()

    def test_what_no_database_keeps_is_replaced(self):
        added = note("c1", text=LONE, by=f"{LONE}{'x' * 150}")
        added.refresh_from_db()
        assert "\x00" not in added.text
        assert len(added.entered_by) == 150

    @pytest.mark.parametrize("text", ["", " \n", "x" * 5001])
    def test_without_a_usable_text_there_is_none(self, text):
        with pytest.raises(ValueError, match="entered"):
            note("c1", text=text)
        assert not Note.objects.exists()

    @pytest.mark.parametrize("conversation_id", ["", "c9", "x" * 129])
    def test_there_is_none_about_a_conversation_that_there_is_not(self, conversation_id):
        with pytest.raises(ValueError, match="conversation"):
            note(conversation_id, text="x")

    def test_a_changed_one_is_of_who_changed_it(self):
        added = note("c1", text="a", by="ada")
        changed = change_note(added.pk, text="b", by="bob")
        assert (changed.pk, changed.text, changed.entered_by) == (added.pk, "b", "bob")
        assert changed.entered_at > added.entered_at
        with pytest.raises(ValueError, match="no such"):
            change_note(added.pk + 1, text="b")

    def test_about_a_held_conversation_they_are_only_added(self):
        hold("c1", note="dispute")
        added = note("c1", text="a")
        with pytest.raises(HeldError):
            change_note(added.pk, text="b")
        assert Note.objects.get().text == "a"
        lift("c1")
        change_note(added.pk, text="b")
        assert Note.objects.get().text == "b"


class TestTags:
    def test_one_tag_is_given_to_many_conversations_and_to_each_once(self):
        first = tag("c1", name="  billing\n  question ", by="ada")
        assert tag("c1", name="billing question", by="bob") == first
        tag("c2", name="billing question", by="bob")
        assert Tag.objects.get().name == "billing question"
        assert Tag.objects.get().entered_by == "ada"
        assert list(Tagging.objects.order_by("pk").values_list("entered_by", flat=True)) == [
            "ada",
            "bob",
        ]

    def test_capitals_make_another_tag(self):
        tag("c1", name="VIP")
        tag("c1", name="vip")
        assert Tag.objects.count() == 2

    @pytest.mark.parametrize("name", ["", " ", "x" * 61])
    def test_a_tag_needs_a_usable_name(self, name):
        with pytest.raises(ValueError, match="entered"):
            tag("c1", name=name)
        assert not Tag.objects.exists()

    def test_one_that_is_deleted_as_unused_meanwhile_is_made_again(self):
        """By a process that takes it from its last conversation at the same moment."""
        deleted = []

        def delete_once(execute, sql, params, many, context):
            found = execute(sql, params, many, context)
            if sql.startswith("INSERT") and not deleted:
                deleted.append(Tag.objects.all().delete())
            return found

        with connection.execute_wrapper(delete_once):
            given = tag("c1", name="vip")
        assert deleted
        assert Tagging.objects.get() == given
        assert Tag.objects.get().name == "vip"

    def test_taken_from_the_last_conversation_it_is_gone(self):
        for conversation_id in ("c1", "c2"):
            tag(conversation_id, name="vip")
        tag("c1", name="other")
        assert untag("c1", name="vip")
        assert not untag("c1", name="vip")
        assert set(Tag.objects.values_list("name", flat=True)) == {"vip", "other"}
        assert untag("c2", name="vip")
        assert Tag.objects.get().name == "other"

    def test_from_a_held_conversation_none_is_taken(self):
        hold("c1", note="dispute")
        tag("c1", name="vip")
        with pytest.raises(HeldError):
            untag("c1", name="vip")
        assert Tagging.objects.exists()

    def test_renamed_it_is_renamed_for_all(self):
        given = [tag(conversation_id, name="vip") for conversation_id in ("c1", "c2")]
        tag("c1", name="other")
        number = given[0].tag.pk
        assert rename_tag(number, name=" important ", by="bob").entered_by == "bob"
        assert {each.tag.name for each in Tagging.objects.filter(tag=number)} == {"important"}
        with pytest.raises(ValueError, match="already"):
            rename_tag(number, name="other")
        with pytest.raises(ValueError, match="no such"):
            rename_tag(number + 99, name="new")


class TestLabels:
    def test_the_last_one_given_is_the_name_that_is_shown(self, receive):
        receive(replica("r1", replica_name="Tavus's"))
        assert Replica.objects.get().name == "Tavus's"
        label("r1", name="Anna  from\nsales", by="ada")
        assert str(Replica.objects.get()) == "Anna from sales"
        label("r1", name="Anna", by="bob")
        row = ReplicaLabel.objects.get()
        assert (row.name, row.entered_by) == ("Anna", "bob")
        found = Replica.objects.get()
        assert (found.name, found.label, str(found)) == ("Anna", "Anna", "Anna")
        row.delete()
        assert str(Replica.objects.get()) == "Tavus's"

    def test_without_any_name_it_is_shown_by_its_id(self):
        assert (Replica.objects.get().name, Replica.objects.get().label) == ("r1", "")

    @pytest.mark.parametrize("name", ["", "x" * 101])
    def test_a_label_needs_a_usable_name(self, name):
        with pytest.raises(ValueError, match="entered"):
            label("r1", name=name)

    def test_a_replica_without_a_row_gets_none(self):
        with pytest.raises(ValueError, match="no such replica"):
            label("r9", name="Anna")


class TestOffsets:
    def test_the_last_one_entered_stands(self):
        found = Recording.objects.get()
        assert found.offset is None
        set_offset(found.pk, seconds=3.5, by="ada")
        set_offset(found.pk, seconds=-2, by="bob")
        assert Recording.objects.get().offset == -2.0
        assert RecordingOffset.objects.get().entered_by == "bob"

    @pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 86_401, -86_401])
    def test_it_is_a_day_at_most(self, seconds):
        with pytest.raises(ValueError, match="no number of seconds"):
            set_offset(Recording.objects.get().pk, seconds=seconds)

    def test_a_recording_that_there_is_not_has_none(self):
        with pytest.raises(ValueError, match="no such"):
            set_offset(Recording.objects.get().pk + 1, seconds=1)


class TestGroupsOfFailures:
    def test_the_last_state_given_stands(self):
        mark("shop.mail", "ValueError", state="acknowledged", note=" We know. ", by="ada")
        mark("shop.mail", "ValueError", state="resolved", by="bob")
        row = FailureGroup.objects.get()
        assert (row.state, row.note, row.entered_by) == ("resolved", "", "bob")
        mark("shop.mail", "KeyError", state="resolved")
        assert FailureGroup.objects.count() == 2

    @pytest.mark.parametrize("state", FailureGroup.State)
    def test_a_failure_that_is_seen_later_opens_it_again(self, state):
        given = mark("shop.mail", "ValueError", state=state)
        moment = timedelta(seconds=1)
        assert given.state_at(given.entered_at - moment) is state
        assert given.state_at(given.entered_at) is state
        assert given.state_at(None) is state
        assert given.state_at(given.entered_at + moment) is None

    @pytest.mark.parametrize(
        ("receiver", "exception", "more"),
        [
            ("r", "E", {"state": "open"}),
            ("", "E", {}),
            ("r", "", {}),
            ("r" * 256, "E", {}),
            ("r", "E", {"note": "x" * 1001}),
        ],
    )
    def test_what_cannot_be_kept_is_refused(self, receiver, exception, more):
        with pytest.raises(ValueError, match=r"none of|at most"):
            mark(receiver, exception, **{"state": "resolved", **more})
        assert not FailureGroup.objects.exists()


def test_nothing_of_it_ages(hooks):
    added, given = note("c1", text="a"), tag("c1", name="vip")
    ages = ("transcripts", "analyses", "bodies", "failures")
    hooks(RETAIN=dict.fromkeys(ages, "0d"))
    call_command("tavus_prune", stdout=StringIO())
    assert not Callback.objects.exclude(body=b"").exists()
    assert (Note.objects.get(), Tagging.objects.get()) == (added, given)


def test_about_what_was_forgotten_nothing_is_entered():
    found, added = Recording.objects.get(), note("c1", text="a")
    forget([Subject("conversation", "c1"), Subject("replica", "r1")])
    for enter in (
        lambda: note("c1", text="x"),
        lambda: tag("c1", name="x"),
        lambda: label("r1", name="x"),
        lambda: set_offset(found.pk, seconds=1),
    ):
        with pytest.raises(ForgottenError, match="was forgotten"):
            enter()
    with pytest.raises(ValueError, match="no such"):
        change_note(added.pk, text="x")
    for model in (Note, Tag, Tagging, ReplicaLabel, RecordingOffset):
        assert not model.objects.exists()
