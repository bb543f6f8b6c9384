"""What the site itself says is its own: whoever posts an id first blocks nobody."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.utils import timezone

from tavus_hooks import inbox
from tavus_hooks.actions import aexpect, expect
from tavus_hooks.actions.forget import forget
from tavus_hooks.models import (
    Callback,
    Conversation,
    Document,
    Expectation,
    ForgottenError,
    Recording,
    Replica,
    State,
    Turn,
    Video,
)
from tavus_hooks.models.subjects import SUBJECTS, Subject
from tavus_hooks.signals import video_ready
from tests.factories import joined, recording, replica, shutdown, transcript, video
from tests.inbox.test_contested import MINE, THEIRS, fresh, names, process, rebuild

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]


@pytest.mark.parametrize(
    ("what", "model", "status"),
    [
        ("video", Video, "queued"),
        ("replica", Replica, "started"),
        ("document", Document, "started"),
        ("conversation", Conversation, None),
    ],
)
def test_the_row_is_there_from_then_on(what, model, status):
    row = expect(**{what: "x1"}, reference=MINE)
    stored = model.objects.get(**{f"{what}_id": "x1"})
    assert row == stored
    assert {**vars(row), "_state": None} == {**vars(stored), "_state": None}
    assert row.reference == MINE
    assert row.expected_at is not None
    assert getattr(row, "status", None) == status


def test_an_instance_is_referred_to_as_by_a_url():
    user = User.objects.create_user("ada")
    assert expect(video="v1", reference=user).reference == f"auth.user:{user.pk}"


def test_to_say_the_same_again_changes_nothing():
    expect(video="v1", reference=MINE)
    before = Video.objects.values().get()
    expect(video="v1", reference=MINE)
    assert Video.objects.values().get() == before


def test_to_say_another_is_refused_and_changes_nothing():
    expect(video="v1", reference=MINE)
    with pytest.raises(ValueError, match="is expected for"):
        expect(video="v1", reference="shop.order:2")
    assert Video.objects.get().reference == MINE


@pytest.mark.parametrize(
    "said",
    [
        {"video": "", "reference": MINE},
        {"video": "x" * 129, "reference": MINE},
        {"video": "a\x00b", "reference": MINE},
        {"video": "v1", "reference": ""},
        {"video": "v1", "reference": "x" * 201},
        {"video": "v1", "reference": User()},
    ],
    ids=str,
)
def test_what_can_be_no_id_and_no_reference_is_refused(said):
    with pytest.raises(ValueError, match=r"id of a video|reference|referred to"):
        expect(**said)
    assert not Video.objects.exists()


@pytest.mark.parametrize(
    "said", [{}, {"video": "v1", "replica": "r1"}, {"callback": "1"}, {"turn": "1"}], ids=str
)
def test_one_thing_is_named_at_a_time(said):
    with pytest.raises(TypeError, match="one of video, replica, conversation, document"):
        expect(**said, reference=MINE)


@pytest.mark.parametrize("what", SUBJECTS)
def test_what_is_forgotten_stays_so(what):
    forget([Subject(what, "x1")])
    with pytest.raises(ForgottenError):
        expect(**{what: "x1"}, reference=MINE)
    row = SUBJECTS[what].objects.get()
    assert (row.reference, row.expected_at) == ("", None)


def test_in_async_code_it_is_awaited():
    row = async_to_sync(aexpect)(video="v1", reference=MINE)
    assert Video.objects.get() == row


class TestWhoComesFirst:
    """A forgery is posted before the site has said whose it is, and the genuine one comes last."""

    @pytest.fixture
    def forged(self, receive):
        # As early as can be, and with a time that is newer than that of the genuine one.
        return receive(
            video(status="error", updated_at="2025-07-11T23:59:59Z", video_name="f"),
            reference=THEIRS,
        )

    def test_applied_the_genuine_one_is_announced_and_its_reference_stands(
        self, receive, hooks, announced, forged
    ):
        row = expect(video="v1", reference=MINE)
        genuine = receive(video(), reference=MINE)
        assert (row.reference, Video.objects.get().reference) == (MINE, MINE)
        assert [fresh(it).is_contested for it in (forged, genuine)] == [True, False]
        assert names(announced) == ["video_failed", "video_ready"]

    def test_kept_nothing_of_the_forgery_is_left(self, receive, keep, announced, forged):
        row = expect(video="v1", reference=MINE)
        assert (row.status, row.video_name, row.reference) == ("queued", "", MINE)
        assert fresh(forged).applied_at is None
        genuine = receive(video(), reference=MINE)
        found = Video.objects.get()
        assert (found.status, found.video_name, found.reference) == ("ready", "", MINE)
        assert [fresh(it).is_contested for it in (forged, genuine)] == [True, False]
        assert names(announced) == ["video_failed", "video_ready"]

    def test_a_genuine_one_that_was_kept_before_is_applied_and_told(
        self, receive, keep, announced, forged
    ):
        genuine = receive(video(), reference=MINE)
        assert names(announced) == ["video_failed"]
        row = expect(video="v1", reference=MINE)
        assert row.status == "ready"
        process()
        assert names(announced) == ["video_failed", "video_ready"]
        assert fresh(genuine).applied_at is not None
        assert not fresh(genuine).is_contested

    def test_a_forgery_that_comes_later_is_contested(self, receive, either_way):
        expect(video="v1", reference=MINE)
        assert receive(video(), reference=THEIRS).is_contested
        assert receive(video(status="error")).is_contested
        assert Video.objects.get().reference == MINE

    def test_of_a_conversation_what_was_said_recorded_and_ended_is_gone(self, receive, keep):
        receive(joined(replica_id="forged"), reference=THEIRS)
        receive(transcript({"role": "user", "content": "forged"}), reference=THEIRS)
        receive(recording(), reference=THEIRS)
        expect(conversation="c1", reference=MINE)
        conversation = Conversation.objects.get()
        assert conversation.replica_id == ""
        assert (conversation.joined_at, conversation.transcribed_at) == (None, None)
        assert not Turn.objects.exists()
        assert not Recording.objects.exists()

    def test_the_genuine_end_is_told_though_a_forged_one_was(self, receive, either_way, announced):
        for reference in (THEIRS, MINE):
            receive(shutdown(), reference=reference)
            receive(transcript(), reference=reference)
            expect(conversation="c1", reference=MINE)
        completed = [it for it in announced if it["signal"] == "conversation_completed"]
        assert [it["reference"] for it in completed] == [THEIRS, MINE]

    def test_nobody_waits_for_an_end_that_was_forged(self, receive, keep, announced):
        receive(shutdown(), reference=THEIRS)
        assert Expectation.objects.exists()
        expect(conversation="c1", reference=MINE)
        assert not Expectation.objects.exists()

    def test_objectives_stay(self, receive, keep):
        objective = {"conversation_id": "c1", "objective_name": "o", "output_variables": {}}
        receive(objective, reference="of all")
        receive(shutdown(), reference=THEIRS)
        expect(conversation="c1", reference=MINE)
        assert [each.name for each in Conversation.objects.get().objectives] == ["o"]

    def test_where_a_body_is_gone_its_facts_stay_and_the_log_says_so(
        self, receive, keep, forged, caplog
    ):
        Callback.objects.update(body=b"", pruned_at=timezone.now())
        row = expect(video="v1", reference=MINE)
        assert (row.status, row.reference) == ("error", MINE)
        assert fresh(forged).is_contested
        assert "contested facts stay in the tables video=v1" in caplog.text

    def test_where_it_is_applied_no_row_is_made_again(self, receive, hooks):
        hooks(CONTESTED="apply")
        forged = receive(video(status="error"), reference=THEIRS)
        Video.objects.update(status="by hand")
        assert expect(video="v1", reference=MINE).status == "by hand"
        assert fresh(forged).is_contested

    def test_what_waits_is_not_handled_before_its_time(self, receive, hooks, announced):
        hooks(CONTESTED="keep", DISPATCHER="deferred")
        waiting = receive(video(), reference=MINE)
        forged = receive(video(status="error"), reference=THEIRS)
        expect(video="v1", reference=MINE)
        assert fresh(waiting).due_at is not None
        process()
        assert names(announced) == ["video_ready"]
        assert fresh(forged).is_contested

    def test_what_is_withdrawn_and_freed_while_it_is_told_counts_as_applied(
        self, receive, hooks, announced
    ):
        hooks(CONTESTED="keep", DISPATCHER="deferred")
        forged = receive(video(status="error"), reference=THEIRS)
        genuine = receive(video(), reference=MINE)

        def step_in(**kwargs):
            inbox.handle(inbox.claim(forged.pk))
            assert fresh(genuine).state == State.WAITING
            assert fresh(genuine).applied_at is None
            expect(video="v1", reference=MINE)

        video_ready.connect(step_in, dispatch_uid="tests.step_in")
        inbox.handle(inbox.claim(genuine.pk))
        video_ready.disconnect(dispatch_uid="tests.step_in")
        assert Video.objects.get().status == "ready"
        assert fresh(genuine).state == State.HANDLED
        assert fresh(genuine).applied_at is not None
        assert names(announced) == ["video_ready", "video_failed"]


class TestRebuilding:
    def test_an_expected_row_is_neither_lost_nor_changed(self, either_way):
        for what in SUBJECTS:
            expect(**{what: "x1"}, reference=MINE)
        before = [list(model.objects.values()) for model in SUBJECTS.values()]
        rebuild()
        assert [list(model.objects.values()) for model in SUBJECTS.values()] == before

    def test_its_reference_stays_when_its_callbacks_are_applied_again(self, receive, either_way):
        receive(video(status="generating"), reference=THEIRS)
        expect(video="v1", reference=MINE)
        receive(video(), reference=MINE)
        before = Video.objects.values().get()
        Video.objects.update(status="by hand")
        rebuild()
        assert Video.objects.values().get() == before

    def test_without_any_callback_of_its_own_it_is_queued(self, receive, keep):
        receive(video(status="error"), reference=THEIRS)
        expect(video="v1", reference=MINE)
        rebuild()
        assert Video.objects.get().status == "queued"


def test_a_later_status_without_a_time_is_believed(receive):
    expect(replica="r1", reference=MINE)
    receive(replica(), reference=MINE)
    assert Replica.objects.get().status == "ready"
