"""What does not fit on a page is cut off, and whole elsewhere."""

import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tavus_hooks.api.renderers import Json
from tavus_hooks.models import Callback, Conversation, Failure, Replica, Video
from tavus_hooks.presentation.bounds import LEAF_BYTES, MAX_BYTES, WIDEST, Budget
from tavus_hooks.templatetags.payload_tree import LONG as FOLDED
from tavus_hooks.templatetags.payload_tree import payload_tree
from tests.factories import replica, video
from tests.presentation.events import event

pytestmark = pytest.mark.django_db


def test_a_text_that_was_cut_off_is_whole_elsewhere(receive, superuser):
    receive(video(data={"script": "é" * 50_000}))
    row = Video.objects.get()
    Callback.objects.update(body=b"", pruned_at=timezone.now())
    page = superuser.get(row.get_absolute_url()).content.decode()
    assert "é" * 10_000 + "…" in page
    assert "é" * 10_001 not in page
    in_admin = superuser.get(reverse("admin:tavus_hooks_video_change", args=[row.pk]))
    in_api = superuser.get("/tavus/api/videos/v1/").json()
    assert in_api["script"] == "é" * 10_000 + "…"
    for address in (
        reverse("tavus_hooks:whole", args=["video", row.pk, "script"]),
        reverse("admin:tavus_hooks_video_whole", args=[row.pk, "script"]),
        in_api["whole_texts"]["script"],
    ):
        assert superuser.get(address).content.decode() == "é" * 50_000
    assert reverse("tavus_hooks:whole", args=["video", row.pk, "script"]) in page
    assert "/whole/script/" in in_admin.content.decode()
    assert "é" * 10_001 not in in_admin.content.decode()


def test_a_text_that_just_fits_leads_to_nothing_more(superuser):
    video = Video.objects.create(video_id="v1", script="é" * 10_000)
    in_admin = reverse("admin:tavus_hooks_video_change", args=[video.pk])
    for address in (video.get_absolute_url(), in_admin):
        page = superuser.get(address).content.decode()
        assert "é" * 10_000 in page
        assert "/whole/script/" not in page
    assert superuser.get("/tavus/api/videos/v1/").json()["whole_texts"] == {}


def test_a_row_as_a_text_has_a_hundred_characters_at_most(receive, superuser):
    receive(video(video_name="x" * 300))
    receive(replica(status="error", replica_name="x" * 300))
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


def test_a_text_that_just_fits_is_shown_in_whole():
    budget = Budget()
    text = '"' * (MAX_BYTES // WIDEST)
    assert budget.text(text) == (text, 0)
    rest = "x" * budget.bytes
    assert budget.text(rest) == (rest, 0)
    assert budget.text("x") == ("", 1)


def test_a_part_of_a_tree_that_just_fits_is_shown():
    budget = Budget()
    budget.bytes = LEAF_BYTES + len("key")
    assert not budget.takes_node("key", is_branch=True)
    assert budget.takes_node("key", is_branch=False)
    assert budget.bytes == 0


def test_a_folded_text_says_how_long_it_is_and_how_much_of_it_is_left_out():
    def counts(text, room=MAX_BYTES):
        budget = Budget()
        budget.bytes = room
        return re.findall('tavus-muted">(.*?)<', payload_tree(text, budget))

    assert counts("x" * FOLDED) == []
    assert counts("x" * (FOLDED + 1)) == ["301 characters"]
    assert counts("x" * 1000, 1000) == ["1000 characters"]
    assert counts("x" * 1000, 600) == ["1000 characters, 900 more are not shown"]
    assert counts('"' * 3, 2 * WIDEST) == ["3 characters, 1 more is not shown"]


def test_for_a_browser_no_more_is_written_than_its_page_has_room_for():
    """Indentation may make a hundred times as much of it."""
    rows = [{"row": "x" * 1000}] * 10_000
    written = Json().render(rows, renderer_context={"indent": 4})
    assert MAX_BYTES <= len(written) < MAX_BYTES + 2000


@pytest.mark.parametrize("door", ["pages", "admin"])
def test_what_no_room_is_left_for_is_still_named_with_a_link_to_it(receive, superuser, door):
    callback = receive(video())
    for number in range(19):
        Failure.objects.create(
            callback=callback, receiver=f"r{number}", exception="E", message='"' * 20_000
        )
    change = reverse("admin:tavus_hooks_callback_change", args=[callback.pk])
    url = callback.get_absolute_url() if door == "pages" else change
    html = superuser.get(url).text
    assert "…" in html
    for failure in Failure.objects.all():
        whole = {
            "pages": reverse("tavus_hooks:whole", args=["failure", failure.pk, "message"]),
            "admin": reverse("admin:tavus_hooks_failure_whole", args=[failure.pk, "message"]),
        }
        assert whole[door] in html
