"""What names a conversation belongs to it; and what was unknown is classified again."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tavus_hooks import inbox, kinds
from tavus_hooks.inbox.reclassify import reclassify
from tavus_hooks.kinds.conversation import ConversationKind
from tavus_hooks.kinds.events import ConversationMessage
from tavus_hooks.kinds.families import EVENT
from tavus_hooks.models import Callback, Conversation, Failure, Video
from tavus_hooks.signals import callback_received
from tavus_hooks.signals.callback_signal import CallbackSignal
from tests.factories import joined, shutdown, video

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

BRAND_NEW = "application.brand_new"


def told(**more):
    return {"event_type": BRAND_NEW, "conversation_id": "c1", **more}


def rebuild(*arguments):
    out = StringIO()
    call_command("tavus_rebuild", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def brand_new():
    """Registers the kind, as a newer version would, and yields what its signal carried."""
    heard = []
    signal = CallbackSignal("brand_new")

    def listener(**kwargs):
        heard.append(kwargs)

    signal.connect(listener, dispatch_uid="tests.brand_new")

    def register():
        kinds.register(type("BrandNew", (ConversationKind,), {"name": BRAND_NEW, "signal": signal}))
        return heard

    yield register
    kinds.unregister(BRAND_NEW)


class TestSubjects:
    @pytest.mark.parametrize(
        ("body", "subject"),
        [
            (told(), ("conversation", "c1")),
            ({"conversation_id": "c1"}, ("conversation", "c1")),
            ({"event_type": "x", "properties": {"conversation_id": "c1"}}, ("conversation", "c1")),
            (told(properties={"conversation_id": "c2"}), ("conversation", "c1")),
            ({"event_type": "x", "video_id": "v1", "replica_id": "r1"}, ("video", "v1")),
            ({"event_type": "x", "document_id": "d1", "face_id": "r1"}, ("document", "d1")),
            ({"event_type": "x", "face_id": "r1"}, ("replica", "r1")),
            ({"event_type": "x", "properties": {"replica_id": "r1"}}, ("replica", "r1")),
            (told(video_id="v1", document_id="d1"), ("conversation", "c1")),
            ({"event_type": "x", "conversation_id": "c" * 129, "video_id": "v1"}, ("video", "v1")),
            ({"event_type": "x", "conversation_id": ["c1"]}, ("", "")),
            ({"event_type": "x", "conversation_id": None, "properties": "c1"}, ("", "")),
            ({"event_type": "x", "id": "c1"}, ("", "")),
            ([1, 2], ("", "")),
        ],
    )
    def test_an_unknown_callback_is_about_what_it_names(self, receive, body, subject):
        callback = receive(body)
        assert callback.kind == "unknown"
        assert (callback.subject_type, callback.subject_id) == subject
        assert callback.error == ""

    def test_it_makes_no_row_but_stands_with_the_one_that_there_is(self, receive):
        unknown = receive(told())
        assert not Conversation.objects.exists()
        ended = receive(shutdown())
        receive(video("c1"))
        assert set(Callback.objects.about(Conversation.objects.get())) == {unknown, ended}

    def test_a_hosts_kind_without_a_model_of_its_own_is_about_what_it_names(self, receive):
        class Weather(kinds.Kind):
            name = "weather"

            def matches(self, payload):
                return payload.get("event_type") == "weather"

        kinds.register(Weather)
        try:
            callback = receive({"event_type": "weather", "conversation_id": "c1"})
        finally:
            kinds.unregister("weather")
        assert (callback.kind, callback.subject_id) == ("weather", "c1")

    @pytest.mark.parametrize(
        "claims",
        [("conversation.utterance",), (EVENT,), ()],
        ids=["it", "its family", "nothing"],
    )
    def test_a_hosts_kind_is_asked_before_those_that_claim_a_whole_family(self, receive, claims):
        """Also when the latter is registered afterwards."""

        class Utterance(kinds.Kind):
            name = "utterance"

            def matches(self, payload):
                return payload.get("event_type") == "conversation.utterance"

        Utterance.claims = claims
        kinds.register(Utterance)
        kinds.register(ConversationMessage)
        said = {"event_type": "conversation.utterance", "conversation_id": "c1"}
        try:
            assert receive(said).kind == "utterance"
        finally:
            kinds.unregister("utterance")
        assert receive({**said, "text": "Hi"}).kind == "conversation.message"

    def test_a_hosts_kind_that_claims_nothing_is_asked_first_and_once(self, receive):
        asked = []

        class Shutdown(kinds.Kind):
            name = "shutdown"

            def matches(self, payload):
                asked.append(payload.get("event_type"))
                return asked[-1] == "system.shutdown"

        kinds.register(Shutdown)
        try:
            callback = receive(shutdown())
            receive(video())
        finally:
            kinds.unregister("shutdown")
        assert callback.kind == "shutdown"
        assert asked == ["system.shutdown", None]

    def test_a_known_kind_without_a_usable_id_of_its_own_is_about_nothing_else(self, receive):
        callback = receive({"video_id": "v" * 129, "status": "ready", "conversation_id": "c1"})
        assert (callback.kind, callback.subject_type) == ("video.ready", "")


class TestReadingAnew:
    def test_what_turns_out_to_be_contested_is_kept_where_that_is_chosen(
        self, receive, brand_new, hooks
    ):
        hooks(CONTESTED="keep")
        receive(joined(), reference="mine")
        callbacks = [receive(told(n=n), reference=by) for n, by in enumerate(["mine", "theirs"])]
        heard = brand_new()
        rebuild("--announce")
        assert [carried["reference"] for carried in heard] == ["mine"]
        marks = [Callback.objects.get(pk=callback.pk) for callback in callbacks]
        assert [callback.is_contested for callback in marks] == [False, True]
        assert [callback.applied_at is None for callback in marks] == [False, True]

    def test_by_a_url_of_another_reference_it_becomes_no_duplicate(self, receive, brand_new):
        callbacks = [
            receive(told(timestamp="2026-07-01T10:00:00Z"), reference=by) for by in ("a", "b", "a")
        ]
        brand_new()
        rebuild()
        duplicates = [Callback.objects.get(pk=it.pk).duplicate_of_id for it in callbacks]
        assert duplicates == [None, None, callbacks[0].pk]

    def test_a_rebuild_lets_what_was_unknown_learn_its_kind(self, receive, announced, brand_new):
        callback = receive(told(timestamp="2026-07-01T10:00:00Z"), reference="shop.order:1")
        heard = brand_new()
        announced.clear()
        assert "unknown: 1 recognised now, 0 still unknown" in rebuild()
        callback.refresh_from_db()
        assert (callback.kind, callback.subject_id) == (BRAND_NEW, "c1")
        assert Conversation.objects.get().reference == "shop.order:1"
        assert heard == announced == []

    @pytest.mark.django_db(transaction=True)  # the index of the turns is made anew: DDL
    @pytest.mark.parametrize("only", ["search", "video"])
    def test_a_rebuild_of_some_tables_leaves_it_as_it_is(self, receive, only):
        Callback.objects.filter(pk=receive(video()).pk).update(kind="unknown", subject_id="")
        Video.objects.all().delete()
        call_command("tavus_rebuild", "--only", only, stdout=StringIO())
        assert Callback.objects.get().kind == "unknown"
        call_command("tavus_rebuild", stdout=StringIO())
        assert Callback.objects.get().kind == "video.ready"
        assert Video.objects.get().status == "ready"

    def test_to_announce_needs_all_tables(self):
        with pytest.raises(CommandError, match="--only"):
            call_command("tavus_rebuild", "--announce", "--only", "video")

    def test_its_receivers_are_told_when_asked_so_and_only_those_of_its_own_signal(
        self, receive, announced, brand_new
    ):
        callback = receive(told())
        heard = brand_new()
        announced.clear()
        rebuild("--announce")
        [carried] = heard
        assert carried["callback"] == callback
        assert carried["conversation"] == Conversation.objects.get()
        assert carried["replayed"] is False
        assert announced == []
        rebuild("--announce")
        assert len(heard) == 1
        callback.refresh_from_db()
        assert callback.due_at is None

    def test_what_a_rebuild_was_not_able_to_tell_any_more_the_loop_tells(
        self, receive, brand_new, monkeypatch
    ):
        receive(told())
        heard = brand_new()
        monkeypatch.setattr("tavus_hooks.actions.rebuild.process", lambda pk: None)
        rebuild("--announce")
        assert heard == []
        call_command("tavus_process", "--once")
        assert len(heard) == 1

    def test_a_replay_classifies_it_again_and_tells_all(self, receive, announced, brand_new):
        callback = receive(told())
        heard = brand_new()
        announced.clear()
        assert inbox.replay(callback.pk)
        assert len(heard) == 1
        assert [it["signal"] for it in announced] == ["callback_received"]
        callback.refresh_from_db()
        assert callback.kind == BRAND_NEW

    def test_what_is_still_unknown_stays_as_it_is(self, receive):
        for body in (told(), b"no json"):
            receive(body)
        before = list(Callback.objects.values())
        assert "unknown: 0 recognised now, 2 still unknown" in rebuild()
        assert list(Callback.objects.values()) == before

    def test_two_that_turn_out_to_be_the_same_event_are_announced_once(self, receive, brand_new):
        """Without a time an unknown one is never a duplicate; of a known kind it is."""
        first, second = receive(told()), receive(told())
        heard = brand_new()
        rebuild("--announce")
        second.refresh_from_db()
        assert second.duplicate_of_id == first.pk
        assert len(heard) == 1

    def test_two_that_came_long_apart_without_a_time_are_two(self, receive, brand_new):
        first = receive(told())
        long_ago = timezone.now() - timedelta(days=1)
        Callback.objects.filter(pk=first.pk).update(received_at=long_ago)
        receive(told())
        heard = brand_new()
        rebuild("--announce")
        assert len(heard) == 2
        assert not Callback.objects.filter(duplicate_of__isnull=False).exists()

    def test_what_came_again_as_a_known_kind_meanwhile_is_not_announced_again(
        self, receive, brand_new
    ):
        body = told(timestamp="2026-07-01T10:00:00Z")
        unknown = receive(body)
        heard = brand_new()
        known = receive(body)
        assert len(heard) == 1
        rebuild("--announce")
        unknown.refresh_from_db()
        assert unknown.duplicate_of_id == known.pk
        assert len(heard) == 1

    def test_what_could_not_be_classified_is_tried_again_too(self, receive):
        class Breaks(kinds.Kind):
            name = "breaks"

            def matches(self, payload):
                return True

            def occurred_at(self, payload):
                raise RuntimeError

        kinds.register(Breaks)
        try:
            callback = receive(shutdown())
        finally:
            kinds.unregister("breaks")
        assert callback.kind == ""
        rebuild()
        assert Conversation.objects.get().ended_at is not None

    def test_what_was_pruned_cannot_be_classified_again(self, receive, brand_new):
        callback = receive(told(timestamp="2026-07-01T10:00:00Z"))
        brand_new()
        Callback.objects.update(body=b"", pruned_at=timezone.now())
        rebuild()
        callback.refresh_from_db()
        assert callback.kind == "unknown"


class TestAnnounceWhatIsNotHandledYet:
    """`--announce` beside what is still on its way."""

    @pytest.fixture
    def waiting(self, receive, hooks):
        hooks(DISPATCHER="deferred")
        return receive(told())

    def test_it_is_told_once_by_the_ordinary_way(self, waiting, brand_new):
        heard = brand_new()
        rebuild("--announce")
        call_command("tavus_process", "--once", stdout=StringIO())
        assert len(heard) == 1
        assert not Failure.everything.exists()

    def test_where_that_is_not_asked_for_it_waits_for_its_turn_as_before(self, waiting, brand_new):
        heard = brand_new()
        rebuild()
        row = Callback.objects.get()
        assert (row.kind, row.due_at, row.handled_at) == (BRAND_NEW, waiting.due_at, None)
        assert heard == []

    def test_what_fails_is_noted(self, waiting, brand_new):
        brand_new()

        def fail(**kwargs):
            raise ValueError("why")

        kinds.kind_named(BRAND_NEW).signal.connect(fail, dispatch_uid="tests.fail")
        rebuild("--announce")
        assert Failure.objects.get().message == "why"

    def test_what_another_process_handles_is_left_to_it(self, waiting, brand_new):
        heard = brand_new()
        taken = inbox.claim(waiting.pk)
        rebuild("--announce")
        assert heard == []
        inbox.handle(taken)
        rebuild("--announce")
        assert len(heard) == 1
        assert not Failure.everything.exists()
        assert Callback.objects.get().due_at is None

    def test_a_second_run_beside_the_first_tells_nobody_again(self, receive, brand_new):
        read_before = Callback.objects.get(pk=receive(told()).pk)
        heard = brand_new()
        rebuild("--announce")
        assert not reclassify(read_before, announce=True)
        call_command("tavus_process", "--once", stdout=StringIO())
        assert len(heard) == 1

    def test_what_was_tried_again_since_it_was_read_is_told(self, receive, brand_new):
        read_before = Callback.objects.get(pk=receive(told()).pk)
        Callback.objects.update(attempts=5)
        heard = brand_new()
        assert reclassify(read_before, announce=True)
        call_command("tavus_process", "--once", stdout=StringIO())
        assert len(heard) == 1

    def test_what_somebody_is_owed_does_not_become_a_duplicate_before(self, receive, brand_new):
        def fail(**kwargs):
            raise ValueError

        callback_received.connect(fail, dispatch_uid="tests.fail")
        first = receive(told())
        callback_received.disconnect(dispatch_uid="tests.fail")
        heard = []

        def succeed(callback, **kwargs):
            heard.append(callback.pk)

        callback_received.connect(succeed, dispatch_uid="tests.fail")
        brand_new()
        receive(told())
        rebuild("--announce")
        past = timezone.now() - timedelta(seconds=1)
        Failure.everything.update(next_attempt_at=past)
        Callback.objects.filter(pk=first.pk).update(due_at=past)
        call_command("tavus_process", "--once", stdout=StringIO())
        callback_received.disconnect(dispatch_uid="tests.fail")
        assert heard.count(first.pk) == 1
        assert not Failure.everything.exists()
        rebuild("--announce")
        assert Callback.objects.get(pk=first.pk).is_duplicate

    def test_without_an_id_nobody_is_owed_a_call_that_no_signal_makes(self, receive, brand_new):
        receive({"event_type": BRAND_NEW})
        brand_new()
        rebuild("--announce")
        assert not Failure.everything.exists()


def test_one_that_cannot_be_classified_again_stops_no_other(receive, brand_new, monkeypatch):
    first, second = receive(told(conversation_id="c1")), receive(told(conversation_id="c2"))
    brand_new()
    monkeypatch.setattr(
        "tavus_hooks.actions.rebuild.reclassify",
        lambda callback, **more: 1 / 0 if callback.pk == first.pk else reclassify(callback, **more),
    )
    with pytest.raises(CommandError, match="1 could not be rebuilt"):
        rebuild()
    assert Callback.objects.get(pk=second.pk).kind == BRAND_NEW


def test_a_known_kind_is_found_by_an_id_among_its_properties(receive):
    callback = receive(
        {"event_type": "system.shutdown", "properties": {"conversation_id": "c9"}},
    )
    assert (callback.subject_type, callback.subject_id) == ("conversation", "c9")
    assert Conversation.objects.get().ended_at is not None
