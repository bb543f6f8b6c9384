"""Letting go neither deletes a host's rows nor is stopped by them."""

import json
import uuid
from datetime import timedelta
from io import StringIO
from unittest import skipIf
from unittest.mock import patch

from django.contrib import admin
from django.contrib.admin.utils import get_deleted_objects
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.models import Exists, OuterRef
from django.test import RequestFactory, TransactionTestCase
from django.utils import timezone

from tavus_hooks.actions import expect
from tavus_hooks.actions.forget import forget
from tavus_hooks.address import callback_url, reference_to
from tavus_hooks.address.querysets import with_reference
from tavus_hooks.maintenance.retention import Bodies, Cutoffs
from tavus_hooks.models import Callback, Conversation, Turn, Video
from tavus_hooks.models.foreign_keys import referred_to
from tavus_hooks.models.subjects import Subject
from tests.factories import transcript, video

from .models import (
    Bill,
    Case,
    Citation,
    Day,
    Letter,
    Note,
    Order,
    Parcel,
    Quote,
    RegularVoucher,
    Seal,
    Seat,
    Stamp,
    Tag,
    Ticket,
    Voucher,
)

SECRET = "Ada has gout"  # noqa: S105


class Host(TransactionTestCase):
    def receive(self, body):
        url = callback_url(base_url="https://testserver")
        answer = self.client.post(url, body, content_type="application/json")
        assert answer.status_code == 200
        return Callback.objects.get(pk=json.loads(answer.content)["callback"])

    def transcript(self, *words, minute=0):
        entries = [{"role": "user", "content": word} for word in words]
        return self.receive(transcript(*entries, timestamp=f"2026-07-01T10:{minute:02}:00Z"))

    def said(self):
        return list(Turn.objects.values_list("content", flat=True))


class ReferenceTest(Host):
    """A host finds its rows' videos, and the rows that have some, whatever its keys are."""

    def pairs(self):
        """Of each kind of key two rows."""
        callback = self.receive({"event_type": "x"})
        other = self.receive({"event_type": "y"})
        yield User.objects.create_user("ada"), User.objects.create_user("bob")
        yield Ticket.objects.create(), Ticket.objects.create()
        yield Voucher.objects.create(code="ab-1"), Voucher.objects.create(code="ab-10")
        yield Bill.objects.create(callback=callback), Bill.objects.create(callback=other)
        yield Case.objects.create(callback=callback), Case.objects.create(callback=other)

    def test_each_finds_its_own(self):
        pairs = list(self.pairs())
        for number, (row, _) in enumerate(pairs):
            url = callback_url(base_url="https://testserver", reference=row)
            self.client.post(url, video(f"v{number}"), content_type="application/json")
        for number, (row, other) in enumerate(pairs):
            with self.subTest(type(row).__name__):
                found = Video.objects.for_object(row).get()
                assert found.video_id == f"v{number}"
                assert not Video.objects.for_object(other).exists()
                assert Callback.objects.for_object(row).get().subject_id == found.video_id
                rows = with_reference(type(row).objects.all())
                assert rows.get(pk=row.pk).reference == reference_to(row)
                ready = Video.objects.filter(status="ready", reference=OuterRef("reference"))
                assert list(rows.filter(Exists(ready))) == [row]

    def test_a_key_that_databases_write_differently_is_refused(self):
        with self.assertRaisesMessage(TypeError, "No database makes the text of a DateField"):
            with_reference(Day.objects.all())

    def test_a_key_that_is_another_value_in_python_is_refused(self):
        with self.assertRaisesMessage(TypeError, "No database makes the text of a PrefixedField"):
            with_reference(Parcel.objects.all())

    def test_a_proxy_is_the_row_behind_it(self):
        voucher = Voucher.objects.create(code="ab-1")
        proxy = RegularVoucher.objects.get()
        expect(video="v1", reference=voucher)
        expect(video="v2", reference=proxy)
        ids = ["v1", "v2"]
        for each in (voucher, proxy):
            found = Video.objects.for_object(each).order_by("video_id")
            assert [it.video_id for it in found] == ids
        rows = with_reference(RegularVoucher.objects.all())
        assert rows.get().reference == reference_to(voucher)

    def test_a_key_counts_as_it_is_read_however_it_was_given(self):
        digits = uuid.uuid4().hex
        expect(video="v1", reference=Ticket.objects.create(id=digits))
        assert Video.objects.for_object(Ticket.objects.get()).exists()

    def test_what_can_never_be_found_again_is_refused(self):
        with self.assertRaisesMessage(TypeError, "composite primary key"):
            reference_to(Seat.objects.create(row=1, number=2))
        with self.assertRaisesMessage(TypeError, "Only an instance"):
            Video.objects.for_object(Voucher)

    def test_what_is_not_saved_is_refused(self):
        for row in (User(), Ticket(), Voucher(code="new")):
            with self.assertRaisesMessage(ValueError, "not saved"):
                Video.objects.for_object(row)

    def test_the_annotation_can_have_another_name(self):
        voucher = Voucher.objects.create(code="1")
        named = with_reference(Voucher.objects.all(), "tavus").get()
        assert named.tavus == reference_to(voucher)


class PruneTest(Host):
    def setUp(self):
        # Unknown, without a time and without a subject: nothing of ours depends on these.
        self.rows = [self.receive({"event_type": "x", "number": number}) for number in range(6)]
        long_ago = timezone.now() - timedelta(days=100)
        Callback.objects.update(received_at=long_ago)

    def prune(self):
        out = StringIO()
        call_command("tavus_prune", "--older-than", "90d", stdout=out)
        return out.getvalue().strip()

    def test_rows_that_a_host_refers_to_are_emptied_and_not_deleted(self):
        note, order, case, tagged, *_others = self.rows
        Note.objects.create(callback=note)
        Order.objects.create(callback=order)
        Case.objects.create(callback=case)
        Tag.objects.create().callbacks.add(tagged)
        assert self.prune() == "bodies: 4 emptied, 2 deleted"
        assert self.prune() == "bodies: 0 emptied, 0 deleted"
        left = Callback.objects.order_by("pk")
        assert list(left) == [note, order, case, tagged]
        assert {bytes(row.body) for row in left} == {b""}
        assert Note.objects.get().callback == note
        for model in (Order, Case, Tag):
            assert model.objects.count() == 1
        assert Tag.objects.get().callbacks.get() == tagged

    def test_a_reference_that_django_does_not_know_stops_nothing(self):
        kept = self.rows[0]
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE host_raw (callback_id bigint NOT NULL, "
                "FOREIGN KEY (callback_id) REFERENCES tavus_hooks_callback (id))"
            )
            cursor.execute("INSERT INTO host_raw VALUES (%s)", [kept.pk])
        try:
            # A batch is emptied as a whole then: which row it was the database does not tell.
            assert self.prune() == "bodies: 6 emptied, 0 deleted"
            assert Callback.objects.filter(pk=kept.pk).exists()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE host_raw")

    def test_references_are_found_in_every_way(self):
        Note.objects.create(callback=self.rows[0])
        Note.objects.create(callback=None)
        Tag.objects.create().callbacks.add(self.rows[1])
        pks = [row.pk for row in self.rows]
        assert referred_to(Callback, pks) == set(pks[:2])
        assert referred_to(Callback, pks[2:]) == set()


class TurnTest(Host):
    def test_a_shorter_transcript_blanks_what_a_host_refers_to(self):
        self.transcript("one", "two", "three")
        quoted = Turn.objects.get(position=2)
        Quote.objects.create(turn=quoted)
        Citation.objects.create(turn=quoted)
        self.transcript("only", minute=1)
        assert self.said() == ["only"]
        assert Conversation.objects.get().turns.count() == 1
        assert Quote.objects.get().turn.content == ""
        self.transcript("uno", "due", "tre", minute=2)
        assert Quote.objects.get().turn.content == "tre"
        assert Citation.objects.get().turn == quoted

    def test_a_rebuild_keeps_the_keys_of_all_turns(self):
        self.transcript("one")
        self.transcript("uno", "due", "tre", minute=2)
        self.transcript("eins", "zwei", minute=1)  # older: it came late
        keys = list(Turn.objects.values_list("pk", "content"))
        Citation.objects.create(turn_id=keys[2][0])
        call_command("tavus_rebuild", stdout=StringIO())
        assert list(Turn.objects.values_list("pk", "content")) == keys

    def test_forgetting_blanks_what_a_host_refers_to_and_deletes_the_rest(self):
        self.transcript(SECRET, SECRET)
        first, second = Turn.objects.all()
        Citation.objects.create(turn=first)
        Quote.objects.create(turn=first)
        forget([Subject("conversation", "c1")])
        assert self.said() == []
        assert list(Turn.everything.values_list("pk", "content")) == [(first.pk, "")]
        assert (Citation.objects.count(), Quote.objects.count()) == (1, 1)
        assert Citation.objects.get().turn == first
        assert not Turn.everything.filter(pk=second.pk).exists()

    def test_a_transcript_that_has_aged_is_blanked_where_a_host_refers_to_it(self):
        self.transcript(SECRET, SECRET)
        cited, _other = Turn.objects.all()
        Citation.objects.create(turn=cited)
        long_ago = timezone.now() - timedelta(days=400)
        Conversation.objects.update(transcribed_at=long_ago)
        Callback.objects.update(received_at=long_ago)
        call_command("tavus_prune", stdout=StringIO())
        assert list(Turn.everything.values_list("pk", "content")) == [(cited.pk, "")]
        assert Citation.objects.get().turn == cited
        self.transcript("news", minute=1)
        assert Citation.objects.get().turn.content == "news"


@skipIf(connection.vendor == "sqlite", "one writer at a time")
class ConcurrencyTest(Host):
    """Another connection acts in the middle."""

    def setUp(self):
        self.other = connection.copy()
        self.addCleanup(self.other.close)

    def test_a_callback_that_is_handled_again_meanwhile_is_not_pruned(self):
        callback = self.receive({"event_type": "x"})
        Callback.objects.update(received_at=timezone.now() - timedelta(days=100))
        bodies = Bodies(Cutoffs(timezone.now() - timedelta(days=90), {}))
        chosen = list(bodies.old().values_list("pk", flat=True))
        assert chosen == [callback.pk]
        with self.other.cursor() as cursor:  # as `replay()` does between the choice and the deed
            cursor.execute("UPDATE tavus_hooks_callback SET due_at = received_at, attempts = 2")
        assert bodies.prune(chosen) == {"emptied": 0, "deleted": 0}
        callback.refresh_from_db()
        assert callback.body


def answer_each_other(letter):
    """In a circle, and in a row."""
    answer = Letter.objects.create(callback=letter.callback, answer_to=letter)
    Letter.objects.filter(pk=letter.pk).update(answer_to=answer)
    Letter.objects.create(callback=letter.callback, answer_to=answer)


class DeleteTest(Host):
    """By hand, in the admin: a host's rows go along, or stop it, as Django says."""

    def told(self, row, user):
        request = RequestFactory().get("/")
        request.user = user
        ours = admin.site.get_model_admin(type(row)).get_deleted_objects([row], request)
        for _, counts, lacking, protected in (
            ours,
            get_deleted_objects([row], request, admin.site),
        ):
            counted = {str(name): number for name, number in counts.items()}
            yield counted, set(map(str, lacking)), bool(protected)

    def test_a_hosts_rows_are_counted_asked_about_and_obeyed(self):
        self.transcript("one", "two")
        conversation, turn = Conversation.objects.get(), Turn.objects.first()
        callback = Callback.objects.get()
        Tag.objects.create().callbacks.add(callback)
        users = (
            User.objects.create_user("nobody"),
            User.objects.create_user("all", is_superuser=True),
        )
        letter = Letter.objects.create(callback=callback)
        for made in (
            lambda: Quote.objects.create(turn=turn),
            lambda: Bill.objects.create(callback=callback),
            lambda: Seal.objects.create(letter=letter, callback=callback),
            lambda: answer_each_other(letter),
            lambda: Order.objects.create(callback=callback),
            lambda: Citation.objects.create(turn=turn),
            lambda: Case.objects.create(callback=callback),
        ):
            made()
            for row in (conversation, callback):
                for user in users:
                    with self.subTest(row=row, user=user):
                        ours, theirs = self.told(row, user)
                        assert ours == theirs
        assert ours[2]

    def test_what_goes_by_several_ways_is_counted_in_all_of_them(self):
        callback, other = (self.receive({"event_type": it}) for it in ("x", "y"))
        user = User.objects.create_user("all", is_superuser=True)
        letter = Letter.objects.create(callback=callback)
        Letter.objects.create(callback=other, answer_to=letter)
        Bill.objects.create(callback=callback)
        ours, theirs = self.told(callback, user)
        assert ours == theirs
        assert (ours[0]["letters"], ours[0]["orders"], ours[0]["bills"]) == (2, 1, 1)
        # Django's own counts one of two models that go by the same name.
        with patch.object(Bill._meta, "verbose_name_plural", "orders"):
            assert next(self.told(callback, user))[0]["orders"] == 2

    def test_what_is_restricted_stops_it_unless_it_goes_anyway(self):
        callback = self.receive({"event_type": "x"})
        user = User.objects.create_user("all", is_superuser=True)
        letter = Letter.objects.create(callback=callback)
        for made, stops in (
            (lambda: Seal.objects.create(letter=letter, callback=callback), False),
            (lambda: Stamp.objects.create(letter=letter), True),
        ):
            made()
            ours, theirs = self.told(callback, user)
            assert ours == theirs
            assert ours[2] == stops
