"""Every sample, posted as Tavus posts it, fills what it says and tells whom it concerns."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tavus_hooks.models import Callback, Conversation, Document, Recording, Replica, Turn, Video
from tests.conftest import EVERY_SAMPLE, all_signals
from tests.kinds.columns import lost

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

CARRIED_BY_ALL = {"signal", "sender", "callback", "reference", "replayed"}
MARA = "r5f3a9c17e0"
CALL = "c4f1d07e2b9a6358"
PROMPT = (
    "You are Mara, a friendly guide at a garden centre. Keep answers short, and ask one question "
    "at a time."
)
MORNING_SCRIPT = "Good morning! Three things happened while you slept."
NAMED_BY_TAVUS = f"replica_id: {MARA} - May 12, 2026 - video: {{}}"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def video(video_id: str, **facts: Any) -> dict[str, Any]:
    common = {
        "video_id": video_id,
        "replica_id": MARA,
        "hosted_url": f"https://videos.tavus.io/video/{video_id}",
        "video_name": NAMED_BY_TAVUS.format(video_id),
        "error_details": "",
        "audio_url": "",
        "script": "",
        "stream_url": "",
        "download_url": "",
        "status_details": "",
    }
    return {"video": common | facts}


def conversation(conversation_id: str = CALL, **facts: Any) -> dict[str, Any]:
    nothing = {
        "replica_id": "",
        "joined_at": None,
        "ended_at": None,
        "shutdown_reason": "",
        "transcribed_at": None,
        "user_turns": None,
        "perception_analysis": "",
        "perception_unavailable": "",
    }
    return {"conversation": {"conversation_id": conversation_id} | nothing | facts}


def ended(conversation_id: str, ended_at: str, reason: str, replica_id: str = MARA):
    return "conversation_ended", conversation(
        conversation_id,
        replica_id=replica_id,
        ended_at=at(ended_at),
        shutdown_reason=reason,
    )


def transcribed(conversation_id: str, transcribed_at: str, user_turns: int):
    return "transcription_ready", conversation(
        conversation_id,
        replica_id=MARA,
        transcribed_at=at(transcribed_at),
        user_turns=user_turns,
    )


def recorded(conversation_id: str, **recording: Any) -> dict[str, Any]:
    nothing = {
        "storage_provider": "",
        "storage_uri": "",
        "ready_at": None,
        "failed_at": None,
        "recording_id": "",
        "error_code": "",
        "error_message": "",
    }
    return {**conversation(conversation_id), "recording": nothing | recording}


# What each sample announces, and what the rows hold that the signal carries.
SAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "video.ready": (
        "video_ready",
        video(
            "a41c7e90d2",
            status="ready",
            status_details="The request was processed successfully.",
            video_name="Welcome, Mara",
            script=(
                "Welcome aboard, Mara! In the next minute I will show you around your new "
                "workspace."
            ),
            generation_progress="100/100",
            progress=100,
            download_url=(
                "https://stream.mux.com/W2kVtZr8uNq5cJx01eYdPbLhSgAm7oTf/high.mp4"
                "?download=a41c7e90d2"
            ),
            stream_url="https://stream.mux.com/W2kVtZr8uNq5cJx01eYdPbLhSgAm7oTf.m3u8",
            created_at=at("2026-05-12 09:14:03.118204"),
            updated_at=at("2026-05-12 09:17:41.902377"),
        ),
    ),
    "video.ready__audio": (
        "video_ready",
        video(
            "b7d05f3c18",
            status="ready",
            status_details="The request was processed successfully.",
            audio_url="https://example.com/audio/spring-greeting.wav",
            generation_progress="100/100",
            download_url=(
                "https://stream.mux.com/Lm4XzQ7rTb2nVgK9sHdWc6PyJf1uEoRa/high.mp4"
                "?download=b7d05f3c18"
            ),
            stream_url="https://stream.mux.com/Lm4XzQ7rTb2nVgK9sHdWc6PyJf1uEoRa.m3u8",
            created_at=at("2026-05-12 10:02:55.640018"),
            updated_at=at("2026-05-12 10:05:12.087731"),
        ),
    ),
    "video.error": (
        "video_failed",
        video(
            "c9e26b04af",
            status="error",
            status_details="An error occurred while generating this video.",
            script="This one was not to be.",
            generation_progress="0/100",
            progress=0,
            is_failed=True,
            created_at=at("2026-05-12 11:30:20.004410"),
            updated_at=at("2026-05-12 11:31:08.551926"),
        ),
    ),
    "video.status": (
        "video_updated",
        video(
            "d2f8a1730c",
            status="queued",
            status_details="The request is currently queued.",
            script=MORNING_SCRIPT,
            generation_progress="0/100",
            created_at=at("2026-05-13 08:00:01.250000"),
            updated_at=at("2026-05-13 08:00:01.250000"),
        ),
    ),
    "video.status__generating": (
        "video_updated",
        video(
            "d2f8a1730c",
            status="generating",
            script=MORNING_SCRIPT,
            generation_progress="37/100",
            progress=37,
            created_at=at("2026-05-13 08:00:01.250000"),
            updated_at=at("2026-05-13 08:01:27.733018"),
        ),
    ),
    "video.status__deleted": (
        "video_updated",
        video(
            "d2f8a1730c",
            status="deleted",
            script=MORNING_SCRIPT,
            generation_progress="100/100",
            created_at=at("2026-05-13 08:00:01.250000"),
            updated_at=at("2026-06-02 17:45:10.019440"),
        ),
    ),
    "replica.ready": (
        "replica_ready",
        {
            "replica": {
                "replica_id": MARA,
                "replica_name": "",
                "status": "ready",
                "error_message": "",
                "is_ready": True,
            }
        },
    ),
    "replica.ready__trailing_comma": (
        "replica_ready",
        {"replica": {"replica_id": "r80b6e42d1f", "status": "ready", "is_ready": True}},
    ),
    "replica.ready__completed": (
        "replica_ready",
        {
            "replica": {
                "replica_id": "rc15d93e7a2b",
                "replica_name": "Mara at the window",
                "status": "completed",
                "error_message": "",
                "updated_at": at("2026-05-12 10:02:48"),
                "is_ready": True,
            }
        },
    ),
    "replica.error": (
        "replica_failed",
        {
            "replica": {
                "replica_id": "r1d7c5408be",
                "replica_name": "",
                "status": "error",
                "error_message": "The training video stays below the minimum duration.",
                "is_failed": True,
            }
        },
    ),
    "replica.status": (
        "replica_updated",
        {
            "replica": {
                "replica_id": MARA,
                "replica_name": "Mara",
                "status": "started",
                "error_message": "",
                "is_ready": False,
            }
        },
    ),
    "document.status": (
        "document_updated",
        {
            "document": {
                "document_id": "d8-4e1f6a902b7c",
                "document_name": "Plant care, spring edition",
                "document_url": "https://example.com/files/plant-care.pdf",
                "status": "ready",
                "progress": "100",
                "error_message": "",
                "updated_at": at("2026-05-11T07:34:52.660318"),
            }
        },
    ),
    "document.status__error": (
        "document_updated",
        {
            "document": {
                "document_id": "d8-90c3b57e1d24",
                "document_name": "Opening hours",
                "document_url": "https://example.com/opening-hours",
                "status": "error",
                "progress": "",
                "error_message": "The page could not be read.",
                "updated_at": at("2026-05-11T07:31:20.914006"),
            }
        },
    ),
    "system.replica_joined": (
        "replica_joined",
        conversation(replica_id=MARA, joined_at=at("2026-05-14T13:00:07.482000")),
    ),
    "system.pal_joined": (
        "replica_joined",
        conversation(replica_id=MARA, joined_at=at("2026-05-14T13:00:07.482000")),
    ),
    "system.shutdown": ended(
        CALL, "2026-05-14T13:04:21.905112", "participant_left_timeout reached"
    ),
    "system.shutdown__bot_could_not_join": ended(
        "c27a50c8e94d1b36",
        "2026-05-14T15:20:31.118460",
        "bot_could_not_join_meeting_it_was_probably_ended",
    ),
    "system.shutdown__end_conversation": ended(
        "c56fa3084d9e17c2", "2026-05-14T15:52:48.087120", "end_conversation_endpoint_hit"
    ),
    "system.shutdown__internal_error": ended(
        "c62c9be7150f84da", "2026-05-14T16:00:19.541830", "internal error occurred at step 4"
    ),
    "system.shutdown__max_call_duration": ended(
        "c0d8e3571f6a24b9", "2026-05-14T15:00:04.000318", "max_call_duration reached"
    ),
    "system.shutdown__older_reason_key": ended(
        "c7d40f1a83e6b925", "2024-11-06T10:30:00.125870", "max_call_duration reached"
    ),
    "system.shutdown__participant_absent_timeout": ended(
        "c19b4f60a7d3e852", "2026-05-14T15:10:00.733209", "participant_absent_timeout"
    ),
    "system.shutdown__room_deleted": ended(
        "c35e81b2d0749fac", "2026-05-14T15:31:15.660027", "daily_room_has_been_deleted"
    ),
    "system.shutdown__startup_exception": ended(
        "c4817d96f2b05ea3",
        "2026-05-14T15:40:02.409951",
        "exception_encountered_during_conversation_startup",
    ),
    "application.transcription_ready": transcribed(CALL, "2026-05-14T13:04:22.410655", 2),
    "application.transcription_ready__nobody_spoke": transcribed(
        "cb70c4e28d1f9a65", "2026-05-15T11:05:04.218800", 0
    ),
    "application.transcription_ready__null_content": transcribed(
        "c9a2073be68f1d54", "2026-05-15T09:12:40.331077", 1
    ),
    "application.transcription_ready__numeric_times": transcribed(
        "c80e6d21f5ba4973", "2026-05-15T13:01:15.120000", 1
    ),
    "application.transcription_ready__odd_entries": transcribed(
        "cad51f7e9c02b368", "2026-05-15T10:00:00", 2
    ),
    "application.transcription_ready__string_transcript": transcribed(
        "cd9164a0e7f35b28", "2026-05-15T13:01:10.002211", 1
    ),
    "application.transcription_ready__tool_calls": transcribed(
        "cc38f09b5d7e1a42", "2026-05-15T12:20:51.640092", 1
    ),
    "application.recording_ready": (
        "recording_ready",
        recorded(
            CALL,
            bucket_name="example-recordings",
            s3_key=f"{CALL}/1778763608120",
            duration=254,
            ready_at=at("2026-05-14T13:05:02.771340"),
            is_ready=True,
        ),
    ),
    "application.recording_ready__gcs": (
        "recording_ready",
        recorded(
            "c80e6d21f5ba4973",
            bucket_name="example-recordings-eu",
            s3_key="c80e6d21f5ba4973/1778850008004",
            storage_provider="gcs",
            storage_uri="gs://example-recordings-eu/c80e6d21f5ba4973/1778850008004",
            duration=67,
            ready_at=at("2026-05-15T13:03:30"),
        ),
    ),
    "application.recording_ready__azure": (
        "recording_ready",
        recorded(
            "cc38f09b5d7e1a42",
            bucket_name="recordings",
            s3_key="cc38f09b5d7e1a42/1778847600412",
            storage_provider="azure_blob",
            storage_uri=(
                "https://example.blob.core.windows.net/recordings/cc38f09b5d7e1a42/1778847600412"
            ),
            duration=181,
            ready_at=at("2026-05-15T12:22:07.930000"),
        ),
    ),
    "application.recording_copy_failed": (
        "recording_failed",
        recorded(
            "c0d8e3571f6a24b9",
            bucket_name="",
            s3_key="c0d8e3571f6a24b9/1778767204551",
            storage_provider="s3",
            duration=3600,
            failed_at=at("2026-05-14T15:32:44.120008"),
            recording_id="3f2a9c60-7d15-4b8e-a0c4-91e6d5b7f208",
            error_code="DESTINATION_AUTH_FAILED",
            error_message="The role may not write to the bucket.",
            is_failed=True,
        ),
    ),
    "application.perception_analysis": (
        "perception_analyzed",
        conversation(
            perception_analysis=(
                "What was seen in the last 254 seconds:\n\n"
                "* **Setting:** a balcony with empty pots, *no direct sun*.\n"
                "* **Mood:** curious at first, cheerful towards the end.\n"
                "* **Screen:** nothing was shared."
            ),
        ),
    ),
    "application.perception_analysis__object": (
        "perception_analyzed",
        conversation(
            "c80e6d21f5ba4973",
            perception_analysis=(
                '{"setting": "an office, another person walks by once", '
                '"mood": ["calm", "amused"], "screen_shared": false}'
            ),
        ),
    ),
    "application.perception_unavailable": (
        "perception_unavailable",
        conversation("cb70c4e28d1f9a65", perception_unavailable="no_vision_history"),
    ),
    "application.post_call_action_executed": ("post_call_action_executed", conversation()),
    "application.post_call_action_executed__error": ("post_call_action_executed", conversation()),
    "application.memory_consolidation": ("memory_consolidated", conversation()),
    "application.raven_memory_evidence": ("memory_evidence_found", conversation()),
    "canvas.interaction": ("canvas_interaction", conversation()),
    "canvas.interaction__skip": ("canvas_interaction", conversation()),
    "objective.completed": ("objective_completed", conversation()),
    "objective.completed__enveloped": ("objective_completed", conversation()),
    "guardrail.triggered": ("guardrail_triggered", conversation()),
    "conversation.message": ("message_forwarded", {}),
    "conversation.message__tool_call": ("message_forwarded", {}),
}
REMARKED = {
    f"application.transcription_ready__{case}"
    for case in ("null_content", "odd_entries", "string_transcript")
}
TIMES = {
    "application.post_call_action_executed": at("2026-05-14T13:06:45.300912"),
    "application.memory_consolidation": at("2026-05-14T13:07:20.480063"),
    "application.raven_memory_evidence": at("2026-05-14T13:07:01.700914"),
    "canvas.interaction": at("2026-05-14T13:02:41.006541"),
    "objective.completed": None,
    "objective.completed__enveloped": at("2026-05-14T13:03:55.029774"),
    "guardrail.triggered": None,
    "conversation.message": None,
    "unknown": at("2026-05-14T13:08:00"),
}


def test_every_sample_has_its_expectation_here():
    there = {path.stem for path in EVERY_SAMPLE} - {"unknown"}
    assert set(SAYS) == there, (
        "tavus_hooks/samples/ and SAYS in tests/kinds/test_samples.py differ: say of each new "
        f"sample which signal it sends and what its rows hold. {set(SAYS) ^ there}"
    )


@pytest.mark.parametrize("name", SAYS)
def test_a_sample_announces_and_fills_what_it_says(receive, sample, announced, name):
    signal, rows = SAYS[name]
    callback = receive(sample(name))
    received, told = announced
    told_of = {it.name: it.carries - CARRIED_BY_ALL for it in all_signals()}
    assert received["signal"] == "callback_received"
    assert told["signal"] == signal
    for heard in announced:
        assert heard.keys() - CARRIED_BY_ALL == rows.keys()
        # By this a receiver is measured when it is connected.
        assert heard["signal"] == "callback_received" or told_of[signal] == rows.keys()
        assert heard["sender"] is Callback
        assert heard["callback"].pk == callback.pk
        assert heard["replayed"] is False
    for carried, facts in rows.items():
        row = told[carried]
        row.refresh_from_db()
        assert {fact: getattr(row, fact) for fact in facts} == facts
    assert bool(callback.remarks) == (name in REMARKED)


@pytest.mark.parametrize("name", SAYS)
def test_a_sample_makes_no_row_but_those_it_announces(receive, sample, announced, name):
    receive(sample(name))
    carried = {type(row) for row in announced[-1].values()}
    for model in (Conversation, Document, Recording, Replica, Video):
        assert model.objects.count() == (model in carried)
    assert Turn.objects.exists() == name.startswith("application.transcription_ready")


@pytest.mark.parametrize("path", EVERY_SAMPLE, ids=lambda path: path.stem)
def test_everything_in_a_sample_that_has_a_column_is_in_the_column(receive, path):
    assert lost(receive(path.read_bytes())) == []


@pytest.mark.parametrize(("name", "moment"), TIMES.items())
def test_the_source_time_is_read_where_it_stands(receive, sample, name, moment):
    assert receive(sample(name)).occurred_at == moment


def test_an_unknown_sample_is_kept_and_told_to_those_who_want_everything(
    receive, sample, announced
):
    callback = receive(sample("unknown"))
    assert (callback.kind, callback.event_type) == ("unknown", "application.weather_changed")
    [heard] = announced
    assert heard["signal"] == "callback_received"
    assert heard.keys() == CARRIED_BY_ALL
    assert not Conversation.objects.exists()


def turns(*columns: str) -> list[Any]:
    found = Turn.objects.values_list(*columns, flat=len(columns) == 1)
    return list(found)


class TestTranscripts:
    def test_every_turn_is_there_with_its_times_and_ids(self, receive, sample):
        receive(sample("application.transcription_ready"))
        assert turns("position", "role", "content") == [
            (0, "system", PROMPT),
            (1, "replica", "Hello! What would you like to grow this year?"),
            (2, "user", "Tomatoes, but my balcony gets no sun before noon."),
            (
                3,
                "replica",
                "Afternoon sun will do for cherry tomatoes. How large are your pots?",
            ),
            (4, "user", "About ten litres. Thank you, that was all 🍅"),
        ]
        assert turns("occurred_at", "seconds_from_start", "duration") == [
            (None, None, None),
            (at("2026-05-14T13:00:09.120000"), 1.638, 2.91),
            (at("2026-05-14T13:00:14.870000"), 7.388, 4.02),
            (at("2026-05-14T13:00:20.315000"), 12.833, 4.47),
            (at("2026-05-14T13:00:27.002000"), 19.52, 3.18),
        ]
        assert turns("inference_id") == [
            "",
            "9b1f4c1e-5a5d-4f0c-8f0e-2f6a8d1c7b31",
            "",
            "0d6f2b7a-6c3e-4f56-a1d8-5e9c40b7a2f4",
            "",
        ]

    def test_numeric_times_are_times(self, receive, sample):
        receive(sample("application.transcription_ready__numeric_times"))
        assert turns("role", "occurred_at", "seconds_from_start", "duration") == [
            ("system", None, None, None),
            ("replica", at("2026-05-15T13:00:07.250000"), 0, 1.6),
            ("user", at("2026-05-15T13:00:10.500000"), 3.25, 2),
            ("replica", at("2026-05-15T13:00:13"), 5.75, 1.9),
        ]

    def test_a_transcript_that_came_as_text_is_read_and_remarked_on(self, receive, sample):
        callback = receive(sample("application.transcription_ready__string_transcript"))
        assert turns("role", "content") == [("replica", "Welcome back."), ("user", "Thanks!")]
        assert "transcript: text" in callback.remarks

    def test_entries_that_say_nothing_are_left_out(self, receive, sample):
        receive(sample("application.transcription_ready__null_content"))
        assert turns("role", "content") == [("replica", "Can you hear me?"), ("user", "Now I can.")]

    def test_tools_keep_their_calls_and_answers(self, receive, sample):
        callback = receive(sample("application.transcription_ready__tool_calls"))
        assert turns("role") == ["system", "user", "replica", "tool", "replica"]
        calling, answering = Turn.objects.filter(role="tool").get(), Turn.objects.get(position=2)
        assert calling.content == '{"in_stock": 3}'
        assert answering.content == ""
        assert "check_stock" in answering.tool_calls
        assert [turn.content for turn in callback.subject.spoken_turns] == [
            "Is the large watering can in stock?",
            "Yes, three of them.",
        ]

    def test_a_transcript_in_which_nobody_spoke_says_so(self, receive, sample):
        callback = receive(sample("application.transcription_ready__nobody_spoke"))
        assert callback.subject.nobody_spoke

    def test_the_good_entries_survive_the_odd_ones(self, receive, sample):
        callback = receive(sample("application.transcription_ready__odd_entries"))
        assert turns("role", "content") == [
            ("", "just text"),
            ("user", "This one is whole."),
            ("", "Nobody says who said this."),
            ("", "A role that is new."),
            ("", "A role that is a list."),
            ("replica", '[{"type": "text", "text": "Content in parts."}]'),
            ("user", "42"),
            ("", "[]"),
            ("", "7"),
            ("replica", "So is this."),
        ]
        for nothing in ("transcript[0]", "transcript[8]", "transcript[9]"):
            assert f"{nothing}: nothing said" in callback.remarks
        assert "timestamp: text of 10 characters" in callback.remarks
        assert "duration: text of 4 characters" in callback.remarks


class TestEvents:
    def test_an_objective_is_an_event_however_it_is_told(self, receive, sample):
        flat = receive(sample("objective.completed"))
        receive(sample("objective.completed__enveloped"))
        first, second = flat.subject.objectives
        assert {first.name: first.details, second.name: second.details} == {
            "find_out_what_grows": {
                "plant": "cherry tomato",
                "pots": 2,
                "wishes": ["little water", "no chemicals"],
            },
            "ask_for_contact": {"email": "ada@example.com", "newsletter": False},
        }

    @pytest.mark.parametrize(
        "objective",
        [
            {"objective_name": "a", "output_variables": {"x": 1}},
            {"objective_name": "a"},
            {"output_variables": {"x": 1}},
        ],
    )
    def test_an_objective_may_be_told_flat_or_nested_with_or_without_a_type(
        self, receive, objective
    ):
        event = {"conversation_id": CALL, "event_type": "conversation.objective.completed"}
        for told in (
            {"conversation_id": CALL, **objective},
            {**event, **objective},
            {**event, "properties": objective},
        ):
            Callback.objects.all().delete()
            [event_told] = receive(told).subject.objectives
            assert event_told.name == objective.get("objective_name", "")
            assert event_told.details == objective.get("output_variables", {})

    @pytest.mark.parametrize("nested", [True, False])
    def test_two_objectives_in_the_same_second_are_two(self, receive, nested):
        for name in ("a", "b", "b"):
            objective = {"objective_name": name, "output_variables": {"x": 1}}
            callback = receive(
                {
                    "conversation_id": CALL,
                    "event_type": "conversation.objective.completed",
                    "timestamp": "2026-05-14T13:03:55Z",
                    **({"properties": objective} if nested else objective),
                }
            )
        assert [event.name for event in callback.subject.objectives] == ["a", "b"]

    def test_a_guardrail_is_an_event(self, receive, sample):
        [event] = receive(sample("guardrail.triggered")).subject.guardrails
        assert event.name == "no_medical_advice"
        assert event.details["guardrail_uuid"] == "4b9d60e1-2a7c-4f35-b8e4-c1907fd36a52"

    def test_actions_and_cards_are_events_in_the_order_of_their_time(self, receive, sample):
        receive(sample("application.post_call_action_executed"))
        receive(sample("canvas.interaction__skip"))
        conversation = receive(sample("canvas.interaction")).subject
        assert [(event.name, event.occurred_at) for event in conversation.events] == [
            ("choice_card", at("2026-05-14T13:02:41.006541")),
            ("contact_form", at("2026-05-14T13:03:12.377019")),
            ("send_summary", at("2026-05-14T13:06:45.300912")),
        ]
        assert conversation.events[0].details["value"] == {"plant": "cherry tomato", "pots": 2}
