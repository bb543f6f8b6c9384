"""Handling callbacks again, by hand: who may, what happens, and what is said about it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connections
from django.test import Client

from tavus_hooks.actions.hold import hold
from tavus_hooks.models import Callback, Conversation, Video
from tavus_hooks.signals import video_ready
from tests.admin.handling_again import LIST, MAY, choose, page_of, said, select
from tests.databases import OURS, connection
from tests.factories import shutdown, video

pytestmark = pytest.mark.also_in_autocommit


def test_the_selected_callbacks_are_handled_again_in_the_order_of_arrival(
    receive, staff, announced
):
    first, second = receive(video("v1")), receive(video("v2"))
    receive(video("v3"))
    announced.clear()
    Video.objects.all().delete()
    told = select(staff(*MAY), second, first)
    heard = [(it["video"].video_id, it["replayed"]) for it in announced if "video" in it]
    assert set(heard) == {("v1", True), ("v2", True)}
    assert heard[0][0] == "v1"
    assert set(Video.objects.values_list("video_id", flat=True)) == {"v1", "v2"}
    assert told == ["2 callbacks were handled again."]


def test_duplicates_are_skipped_and_counted(receive, staff, announced):
    original, duplicate = receive(video()), receive(video())
    announced.clear()
    told = select(staff(*MAY), original, duplicate)
    assert told == [
        "1 callback was handled again.",
        "1 duplicate was skipped: its original can be handled again.",
    ]
    assert {it["callback"].pk for it in announced} == {original.pk}


def test_what_has_lost_its_body_is_skipped_and_counted(receive, staff, announced):
    callback = receive(video())
    Callback.objects.update(body=b"", pruned_at="2025-01-01T00:00:00Z")
    announced.clear()
    client = staff(*MAY)
    assert select(client, callback) == ["1 callback was skipped: its body is gone."]
    assert "Yes, handle again" not in client.get(page_of(callback)).text
    assert not announced


def test_what_is_deleted_meanwhile_is_skipped_and_counted(receive, staff):
    first, second = receive(video("v1")), receive(video("v2"))

    def delete_second(**kwargs):
        Callback.objects.filter(pk=second.pk).delete()

    video_ready.connect(delete_second, dispatch_uid="tests.deletes")
    try:
        told = select(staff(*MAY), first, second)
    finally:
        video_ready.disconnect(dispatch_uid="tests.deletes")
    assert told == [
        "1 callback was handled again.",
        "1 callback was skipped: it no longer exists.",
    ]


def test_what_is_being_handled_is_skipped_and_counted(receive, staff, announced):
    callback = receive(video())
    Callback.objects.filter(pk=callback.pk).update(due_at="2999-01-01T00:00:00Z", attempts=1)
    announced.clear()
    (told,) = select(staff(*MAY), callback)
    assert told.startswith("1 callback was skipped: it is being handled")
    assert not announced


@pytest.fixture
def broken():
    """The ids of the videos for which a receiver fails."""
    ids = set()

    def broken(video, **kwargs):
        if video.video_id in ids:
            raise RuntimeError("no")

    video_ready.connect(broken, dispatch_uid="tests.broken")
    yield ids
    video_ready.disconnect(dispatch_uid="tests.broken")


def test_what_fails_again_is_counted_among_those_that_were_selected(receive, staff, broken):
    broken |= {"v1", "v2", "v3"}
    rows = {number: receive(video(f"v{number}")) for number in range(1, 6)}
    duplicate = receive(video("v1"))
    client = staff(*MAY)

    def told(*numbers):
        return select(client, *(rows[number] for number in numbers))

    one, two = "1 callback was handled again.", "2 callbacks were handled again."
    assert told(4) == [one]
    assert told(1) == [one, "1 of them failed; its page says why."]
    assert told(4, 1) == [two, "1 of them failed; its page says why."]
    assert told(1, 2) == [two, "2 of them failed; their pages say why."]
    messages = said(choose(client, rows[3], duplicate, confirmed="1"))
    assert [level for level, _text in messages] == ["success", "warning", "error"]
    _, skipped, failed = (text for _level, text in messages)
    assert skipped.startswith("1 duplicate was skipped")
    assert failed == "1 of them failed; its page says why."
    # Nor is counted what had failed before, and could not be handled just now.
    Callback.objects.filter(pk=rows[2].pk).update(due_at="2999-01-01T00:00:00Z", attempts=1)
    _, skipped = told(4, 2)
    assert skipped.startswith("1 callback was skipped: it is being handled")
    broken -= {"v1"}
    assert told(1, 5) == [two]
    assert Callback.objects.failed().count() == 2


def test_without_the_permission_the_action_is_neither_offered_nor_obeyed(receive, staff, announced):
    callback = receive(video())
    announced.clear()
    client = staff("view_callback", "delete_callback", "view_video")
    assert 'value="handle_again"' not in client.get(LIST).text
    assert "Handle again" not in client.get(f"{LIST}{callback.pk}/change/").text
    assert client.get(page_of(callback)).status_code == 403
    assert client.post(page_of(callback)).status_code == 403
    select(client, callback)
    assert not announced


def test_the_permission_to_handle_does_not_let_one_view(receive, staff, announced):
    callback = receive(video())
    announced.clear()
    client = staff("handle_callback")
    assert client.post(page_of(callback)).status_code == 403
    assert client.post(LIST, {"action": "handle_again"}).status_code == 403
    assert not announced


def test_too_many_at_once_are_refused_and_nothing_is_done(receive, staff, announced):
    receive(video())
    row = Callback.objects.get()
    Callback.objects.bulk_create(
        Callback(body=row.body, digest=row.digest, kind=row.kind) for _ in range(500)
    )
    announced.clear()
    client = staff(*MAY)
    [(level, told)] = said(choose(client, row, confirmed="1", select_across="1"))
    assert level == "error"
    assert told.startswith("At most 500 callbacks")
    assert not announced
    Callback.objects.latest("pk").delete()
    assert "Yes, handle again" in choose(client, row, select_across="1").text


def test_its_own_page_asks_first_and_then_handles_it(receive, staff, announced):
    callback = receive(video())
    announced.clear()
    client = staff(*MAY)
    assert f'href="{page_of(callback)}"' in client.get(f"{LIST}{callback.pk}/change/").text
    assert 'method="post"' in client.get(page_of(callback)).text
    assert not announced
    answer = client.post(page_of(callback), follow=True)
    assert {it["replayed"] for it in announced} == {True}
    assert answer.redirect_chain == [(f"{LIST}{callback.pk}/change/", 302)]
    assert "1 callback was handled again." in answer.text


def test_the_page_of_a_duplicate_offers_nothing(receive, staff, announced):
    receive(video())
    duplicate = receive(video())
    announced.clear()
    client = staff(*MAY)
    assert "Yes, handle again" not in client.get(page_of(duplicate)).text
    client.post(page_of(duplicate))
    assert not announced


def test_a_callback_that_is_gone_is_not_found(staff):
    assert staff(*MAY).get("/admin/tavus_hooks/callback/1/handle/").status_code == 404


def test_it_cannot_be_done_from_another_site(receive, announced, django_user_model):
    callback = receive(video())
    announced.clear()
    client = Client(enforce_csrf_checks=True)
    client.force_login(django_user_model.objects.create_superuser("root"))
    assert client.post(page_of(callback)).status_code == 403
    assert not announced


def test_it_is_remembered_who_did_it(receive, staff):
    callback = receive(video())
    select(staff(*MAY), callback)
    entry = LogEntry.objects.get()
    assert entry.object_id == str(callback.pk)
    assert entry.get_change_message() == "Handled again."


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["action", "page"])
def test_receivers_are_told_outside_the_hosts_transaction(receive, staff, monkeypatch, way):
    callback = receive(video())
    client = staff(*MAY)
    monkeypatch.setitem(connections.settings[OURS], "ATOMIC_REQUESTS", True)
    inside = []

    def listener(**kwargs):
        inside.append(connection.in_atomic_block)

    video_ready.connect(listener, dispatch_uid="tests.inside")
    try:
        if way == "action":
            select(client, callback)
        else:
            client.post(page_of(callback))
    finally:
        video_ready.disconnect(dispatch_uid="tests.inside")
    assert inside == [False]


def test_contested_callbacks_of_held_conversations_are_skipped_and_told(receive, staff, keep):
    receive(shutdown(), reference="mine")
    hold(Conversation.objects.get().conversation_id, note="an open dispute")
    contested = receive(shutdown(shutdown_reason="forged"), reference="theirs")
    told = select(staff(*MAY), contested)
    assert told == ["1 callback was skipped: it is contested, and its conversation is held."]
