"""No page, list or answer is larger than two megabytes, whatever the webhook has taken.

An answer of the API is asked for in each way that it can be written.
"""

import pytest
from django.urls import reverse

from tavus_hooks.api.renderers import Json, SafeLinks
from tavus_hooks.api.videos import VideoSerializer
from tavus_hooks.models import Callback, Conversation, Document, Recording, Replica, Turn, Video
from tavus_hooks.presentation.bounds import MAX_BYTES
from tavus_hooks.signals import callback_received
from tests.factories import document, replica, video
from tests.presentation.events import event

pytestmark = pytest.mark.django_db


MOST = 2 * 1024 * 1024
# A quote takes six bytes on a page, and two more where JSON escapes it.
LONG = '"' * 400_000
SUBJECTS = [Video, Replica, Conversation, Document]
WAYS = ["application/json", "application/json; indent=8", "text/html", "text/html; indent=8"]
# A link stands twice on a browsable page.
LINK = "http://x/" + "'" * 3000
WIDE = "\N{GRINNING FACE}"


def worst():
    """What makes the largest rows, in bodies that the webhook takes."""
    texts = ("video_name", "status_details", "error_details", "hosted_url", "stream_url")
    for number in range(30):
        long = dict.fromkeys((*texts, "download_url"), LONG)
        data = {"script": LONG, "audio_url": LONG}
        yield video(f"v{number}", status="error", replica_id="r1", data=data, **long)
    yield replica(status="error", error_message=LONG, replica_name=LONG)
    yield document(document_name=LONG, document_url=LONG, error_message=LONG)
    calls = [{"a": LONG, "b": [{}] * 500}]
    turn = {"role": "tool", "content": LONG[:20_000], "tool_calls": calls}
    yield event(0, "application.transcription_ready", transcript=[turn] * 10)
    small = {"role": "user", "content": LONG[:3000], "tool_calls": [[[[[]]]]] * 50}
    yield event(1, "application.transcription_ready", transcript=[small] * 1000)
    yield event(2, "application.perception_analysis", analysis=LONG)
    yield event(3, "system.shutdown", shutdown_reason=LONG)
    for number in range(4, 30):
        yield event(number, "conversation.guardrail.triggered", guardrail="g", value=LONG[:60_000])
        yield event(
            number, "application.recording_ready", s3_key=f"{number}{LONG}", bucket_name=LONG
        )
    yield event(31, "conversation.guardrail.triggered", guardrail="g", value=LONG * 3)
    yield event(32, "canvas.interaction", value=[[[[[[[[]]]]]]]] * 5000)
    yield [{f"{LONG}{number}": {} for number in range(3)}]
    yield {"a": ["x"] * 100_000}


def deep(levels, count):
    """A list within lists, which indentation makes a hundred times as large."""
    inner = [1] * count
    for _ in range(levels - 1):
        inner = [inner]
    return inner


def transcript(number, **turn):
    return event(
        0, "application.transcription_ready", transcript=[{"role": "user", **turn}] * number
    )


def objectives(name, details):
    for number in range(50):
        yield {"conversation_id": "c1", "objective_name": f"{number} {name}"} | {
            "output_variables": {"all": details}
        }


def videos(text):
    texts = ("video_name", "status_details", "error_details", "hosted_url", "stream_url")
    for number in range(100):
        yield (
            video(f"{number:03}{WIDE * 120}", replica_id=WIDE * 128)
            | {"generation_progress": text[:32], "download_url": text}
            | dict.fromkeys(texts, text)
            | {"data": {"script": text, "audio_url": text}}
        )


CONVERSATION = "/tavus/api/conversations/c1/"
TURNS = "/tavus/api/turns/?page_size=100"
VIDEOS = "/tavus/api/videos/?page_size=100"
FAMILIES = {
    "deep tool calls": ([transcript(60, content="x", tool_calls=deep(58, 3200))], CONVERSATION),
    "many short tool calls, deep": ([transcript(100, tool_calls=deep(58, 285))], TURNS),
    "numbers that grow": ([transcript(100, tool_calls=[1e15] * 2000)], CONVERSATION),
    "turns that are links": ([transcript(100, content=LINK, tool_calls=[LINK[:980]])], TURNS),
    "turns of characters that are escaped": (
        [transcript(50, content="\x01" * 20_000, tool_calls=["\x01" * 9000])],
        CONVERSATION,
    ),
    "deep objectives": (objectives("o", deep(50, 1100)), CONVERSATION),
    "objectives of wide characters": (objectives(WIDE, WIDE * 5000), CONVERSATION),
    "long names of objectives": (objectives("'" * 60_000, 1), CONVERSATION),
    "videos that are links": (videos(LINK), VIDEOS),
    "videos of control characters": (videos("\x01" * 3000), VIDEOS),
}


@pytest.fixture
def worst_rows(receive):
    def broken(**kwargs):
        raise RuntimeError(LONG)

    for body in worst():
        receive(body)
    for number in range(30):
        callback_received.connect(broken, weak=False, dispatch_uid=f"tests.broken{number}")
    try:
        receive(event(40, "system.replica_joined"))
    finally:
        for number in range(30):
            callback_received.disconnect(dispatch_uid=f"tests.broken{number}")


def paths():
    for model in (*SUBJECTS, Callback):
        name = model._meta.model_name
        yield reverse(f"tavus_hooks:{name}-list")
        yield reverse(f"tavus_hooks:api:{name}-list") + "?page_size=100"
        for row in model.objects.order_by("pk"):
            if name == "callback":
                yield reverse("tavus_hooks:api:callback-detail", args=[row.pk])
            else:
                yield reverse(f"tavus_hooks:api:{name}-detail", args=[getattr(row, row.ID_FIELD)])
            yield row.get_absolute_url()
            if name == "video" and row.pk > Video.objects.first().pk + 1:
                break
    yield reverse("tavus_hooks:index")
    yield reverse("tavus_hooks:api:turn-list") + "?page_size=100"
    yield Conversation.objects.get().get_absolute_url() + "?turn=500"


def admin_paths():
    for model in (*SUBJECTS, Callback, Turn, Recording):
        name = f"admin:tavus_hooks_{model._meta.model_name}"
        yield reverse(f"{name}_changelist") + "?all="
        for row in model._default_manager.order_by("-pk")[:4]:
            yield reverse(f"{name}_change", args=[row.pk])
            yield reverse(f"{name}_delete", args=[row.pk])
    yield reverse("admin:tavus_hooks_failure_changelist")


@pytest.mark.heavy
def test_no_page_and_no_answer_is_larger_than_two_megabytes(worst_rows, superuser):
    sizes = {}
    for path in [*paths(), *admin_paths()]:
        for way in WAYS if "/api/" in path else ["text/html"]:
            answer = superuser.get(path, headers={"accept": way})
            assert answer.status_code == 200, (path, way)
            sizes[path, way] = len(answer.content)
    assert {asked: size for asked, size in sizes.items() if size > MOST} == {}


@pytest.mark.heavy
@pytest.mark.parametrize(("bodies", "path"), FAMILIES.values(), ids=FAMILIES)
def test_no_answer_is_larger_in_whatever_way_it_is_written(bodies, path, receive, superuser):
    for body in bodies:
        receive(body, reference="'" * 200)
    for way in WAYS:
        answer = superuser.get(path, headers={"accept": way})
        assert answer.status_code == 200
        assert len(answer.content) <= MOST


def test_a_payload_that_is_larger_in_an_answer_than_it_came_is_not_in_it(receive, superuser):
    callback = receive(b"[" + b",".join([b"1E15"] * 190_000) + b"]")
    answer = superuser.get(f"/tavus/api/callbacks/{callback.pk}/")
    assert answer.status_code == 200
    assert answer.json()["payload"] is None


@pytest.mark.parametrize("way", WAYS)
def test_what_nobody_made_fit_is_refused_as_too_large(way, receive, superuser, monkeypatch):
    receive(video())
    large = {"large": "x" * MOST}
    monkeypatch.setattr(VideoSerializer, "to_representation", lambda *args: large)
    monkeypatch.setattr("tavus_hooks.presentation.bounds.MAX_BYTES", 2 * MOST)
    monkeypatch.setattr("tavus_hooks.api.renderers.MAX_BYTES", 2 * MOST)
    answer = superuser.get("/tavus/api/videos/v1/", headers={"accept": way})
    assert answer.status_code == 400
    assert "too large" in answer.content.decode()
    assert "page_size" in answer.content.decode()
    assert len(answer.content) < 200


def test_an_answer_is_written_without_the_indentation_that_is_asked_for(receive, superuser):
    receive(video())
    plain, indented = (
        superuser.get("/tavus/api/videos/v1/", headers={"accept": w}) for w in WAYS[:2]
    )
    assert plain.content == indented.content
    assert b"\n" not in plain.content


def test_a_browser_is_told_where_the_rest_of_a_long_answer_is(receive, superuser):
    callback = receive({"a": '"' * 180_000})
    path = f"/tavus/api/callbacks/{callback.pk}/"
    assert superuser.get(path).json()["payload"] == {"a": '"' * 180_000}
    shown = superuser.get(path, headers={"accept": "text/html"}).content.decode()
    assert "The rest is not shown here" in shown
    assert "The rest is not shown here" not in superuser.get(path).content.decode()


def test_details_that_have_no_room_any_more_are_null_and_the_events_are_there(receive, superuser):
    for body in objectives("o", "x" * 20_000):
        receive(body)
    shown = superuser.get(CONVERSATION).json()
    assert [event["name"] for event in shown["objectives"]] == [f"{n} o" for n in range(50)]
    said = [event["details"] is not None for event in shown["events"]]
    assert said == [True] * 6 + [False] * 44


def test_a_row_as_a_text_names_the_event_else_the_kind():
    for columns, name in (
        ({"event_type": "system.shutdown", "kind": "conversation.ended"}, "system.shutdown"),
        ({"kind": "video.ready"}, "video.ready"),
        ({}, "callback"),
    ):
        assert str(Callback(pk=7, **columns)) == f"7: {name}"


def test_an_answer_that_just_fits_is_given():
    text = "x" * (MOST - len('""'))
    assert Json().render(text) == f'"{text}"'.encode()
    assert b"too large" in Json().render(text + "x")


@pytest.mark.parametrize(("size", "is_whole"), [(MAX_BYTES, True), (MAX_BYTES + 1, False)])
def test_what_just_fits_a_browsable_page_is_shown_without_a_remark(size, is_whole):
    class Theirs:
        def get_content(self):
            return "1" * size

    shown = type("Renderer", (SafeLinks, Theirs), {})().get_content()
    assert ("The rest is not shown here" in shown) is not is_whole
