"""No page, list or answer is larger than two megabytes, whatever the door has taken."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tavus_hooks.models import Callback, Conversation, Document, Recording, Replica, Turn, Video
from tavus_hooks.signals import callback_received

pytestmark = pytest.mark.django_db

MOST = 2 * 1024 * 1024
# A quote takes six bytes on a page, and two more where JSON escapes it.
LONG = '"' * 400_000
AT = "2026-05-14T13:%02d:%02dZ"
SUBJECTS = [Video, Replica, Conversation, Document]


def event(number, event_type, **properties):
    return {
        "event_type": event_type,
        "conversation_id": "c1",
        "timestamp": AT % divmod(number, 60),
        "properties": properties,
    }


def worst():
    """What makes the largest rows, in bodies that the door takes."""
    texts = ("video_name", "status_details", "error_details", "hosted_url", "stream_url")
    for number in range(30):
        video = {"video_id": f"v{number}", "status": "error", "replica_id": "r1"}
        yield (
            video
            | dict.fromkeys((*texts, "download_url"), LONG)
            | {"data": {"script": LONG, "audio_url": LONG}}
        )
    yield {"replica_id": "r1", "status": "error", "error_message": LONG, "replica_name": LONG}
    yield {"document_id": "d1", "document_name": LONG, "document_url": LONG, "error_message": LONG}
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


@pytest.fixture
def superuser(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


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
    yield reverse("admin:tavus_hooks_failure_changelist")


@pytest.mark.heavy
def test_no_page_and_no_answer_is_larger_than_two_megabytes(worst_rows, superuser):
    sizes = {}
    for path in [*paths(), *admin_paths()]:
        answer = superuser.get(path)
        assert answer.status_code == 200, path
        sizes[path] = len(answer.content)
    for path in map(str, paths()):
        if "/api/" in path:
            answer = superuser.get(path, headers={"accept": "text/html"})
            sizes[f"{path} in a browser"] = len(answer.content)
    assert {path: size for path, size in sizes.items() if size > MOST} == {}


def test_a_text_that_was_cut_off_is_whole_elsewhere(receive, superuser):
    receive({"video_id": "v1", "status": "ready", "data": {"script": "é" * 50_000}})
    video = Video.objects.get()
    Callback.objects.update(body=b"", pruned_at=timezone.now())
    page = superuser.get(video.get_absolute_url()).content.decode()
    assert "é" * 10_000 + "…" in page
    assert "é" * 10_001 not in page
    in_admin = superuser.get(reverse("admin:tavus_hooks_video_change", args=[video.pk]))
    in_api = superuser.get("/tavus/api/videos/v1/").json()
    assert in_api["script"] == "é" * 10_000 + "…"
    for address in (
        reverse("tavus_hooks:whole", args=["video", video.pk, "script"]),
        reverse("admin:tavus_hooks_video_whole", args=[video.pk, "script"]),
        in_api["whole_texts"]["script"],
    ):
        assert superuser.get(address).content.decode() == "é" * 50_000
    assert reverse("tavus_hooks:whole", args=["video", video.pk, "script"]) in page
    assert "/whole/script/" in in_admin.content.decode()


def test_a_row_as_a_text_has_a_hundred_characters_at_most(receive, superuser):
    receive({"video_id": "v1", "status": "ready", "video_name": "x" * 300})
    receive({"replica_id": "r1", "status": "error", "replica_name": "x" * 300})
    receive({"event_type": "x" * 128, "document_id": "d1"})
    for model in (Video, Replica, Callback):
        assert all(len(str(row)) <= 100 for row in model.objects.all())


def test_a_body_that_is_too_large_is_not_read_for_its_page(receive, superuser):
    callback = receive(json.dumps({"a": "x" * 1_100_000}))
    page = superuser.get(callback.get_absolute_url()).content.decode()
    assert "too large to be shown as a tree" in page
    shown = superuser.get(f"/tavus/api/callbacks/{callback.pk}/").json()
    assert shown["payload"] is None
    assert superuser.get(shown["body"]).content == bytes(callback.body)


def test_the_turns_that_a_page_has_no_room_for_are_on_the_next(receive, superuser):
    turns = [{"role": "user", "content": f"said {number}"} for number in range(1200)]
    receive(event(0, "application.transcription_ready", transcript=turns))
    path = Conversation.objects.get().get_absolute_url()
    first = superuser.get(path).content.decode()
    assert "said 999" in first
    assert "said 1000" not in first
    assert 'dir="auto">said 999' in first  # white space counts there
    assert "?turn=1000#transcript" in first
    last = superuser.get(f"{path}?turn=1000").content.decode()
    assert "said 1000" in last
    assert "said 1199" in last
    assert "?turn=" not in last
