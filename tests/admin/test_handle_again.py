"""Handling callbacks again, by hand: who may, what happens, and what is said about it."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tavus_hooks.actions.hold import hold
from tavus_hooks.models import Callback, Conversation, Failure, Video
from tavus_hooks.signals import video_ready
from tests.databases import OURS, connection, reading
from tests.factories import replica, shutdown, video

pytestmark = pytest.mark.also_in_autocommit

LIST = "/admin/tavus_hooks/callback/"
MAY = ("view_callback", "handle_callback")


def choose(client, *callbacks, **more):
    """Choose the action for these rows; return the answer."""
    data = {"action": "handle_again", "_selected_action": [row.pk for row in callbacks], **more}
    return client.post(LIST, data, follow=True)


def select(client, *callbacks, **more):
    """Choose the action for these rows and confirm it; return the texts of the messages."""
    return [text for _level, text in said(choose(client, *callbacks, confirmed="1", **more))]


def said(answer):
    return [(message.level_tag, str(message)) for message in answer.context["messages"]]


def plan(client, *callbacks):
    """What the action says that it would do."""
    return " ".join(re.sub("<[^>]*>", " ", choose(client, *callbacks).text).split())


def page_of(callback):
    return reverse("admin:tavus_hooks_callback_handle", args=[callback.pk])


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


def test_the_action_shows_its_plan_and_does_nothing_before_it_is_confirmed(
    receive, staff, announced
):
    chosen = [receive(video("v1")), receive(video("v2")), receive(replica()), receive(video("v1"))]
    pruned = receive(video("v3"))
    Callback.objects.filter(pk=pruned.pk).update(body=b"", pruned_at="2025-01-01T00:00:00Z")
    announced.clear()
    client = staff(*MAY)
    said = plan(client, *chosen, pruned)
    assert "video.ready: 2" in said
    assert "replica.ready: 1" in said
    assert "1 duplicate:" in said
    assert "1 whose body is gone" in said
    assert not announced

    html = choose(client, *chosen).text
    data = dict.fromkeys(re.findall(r'type="hidden" name="(\w+)"', html), "1")
    data["action"] = "handle_again"
    data["_selected_action"] = re.findall(r'name="_selected_action" value="(\d+)"', html)
    client.post(LIST, data)
    assert {it["callback"].pk for it in announced} == {row.pk for row in chosen[:3]}


def test_a_plan_of_duplicates_alone_offers_nothing(receive, staff):
    receive(video())
    html = choose(staff(*MAY), receive(video())).text
    assert "There is nothing to handle." in html
    assert "Yes, handle again" not in html


def test_one_of_the_receivers_that_failed_can_be_told_alone(
    receive, staff, announced, broken_receiver
):
    failed, handled = receive(video("v1")), receive(video("v2"))
    announced.clear()
    client = staff(*MAY)
    html = choose(client, failed, handled).text
    assert re.findall(r'name="receiver" value="([^"]*)"', html) == ["", "tests.broken"]
    before = Failure.objects.filter(callback=failed).get().attempts
    told = select(client, failed, receiver="tests.broken")
    assert told[0] == "1 callback was handled again."
    assert not announced
    assert Failure.objects.get(callback=failed).attempts == before
    assert Failure.objects.get(callback=failed).last_at > handled.received_at
    entry = LogEntry.objects.get()
    assert entry.get_change_message() == "Handled again, told to tests.broken alone."


def test_from_the_page_of_a_failure_its_receiver_alone_is_proposed(
    receive, staff, announced, broken_receiver
):
    callback = receive(video())
    announced.clear()
    failure = Failure.objects.get()
    client = staff(*MAY, "view_failure")
    page = client.get(reverse("admin:tavus_hooks_failure_change", args=[failure.pk])).text
    says = page.partition("field-says")[2].partition("field-raised")[0]
    assert "The mail server&lt;/b&gt; said no." in says
    [link] = re.findall(r'href="([^"]*/handle/[^"]*)"', page)
    assert link == f"{page_of(callback)}?receiver=tests.broken"
    [chosen] = re.findall(r'name="receiver" value="([^"]*)"[^>]* checked', client.get(link).text)
    assert chosen == "tests.broken"
    client.post(link, {"confirmed": "1", "receiver": chosen})
    assert not announced
    [chosen] = re.findall(
        r'name="receiver" value="([^"]*)"[^>]* checked', client.get(page_of(callback)).text
    )
    assert chosen == ""


def test_a_receiver_that_nobody_knows_is_not_proposed(receive, staff, broken_receiver):
    callback = receive(video())
    page = staff(*MAY).get(page_of(callback), {"receiver": "no.such"}).text
    assert re.findall(r'name="receiver" value="([^"]*)"[^>]* checked', page) == [""]


def test_without_the_permission_the_page_of_a_failure_has_no_link(receive, staff, broken_receiver):
    receive(video())
    failure = Failure.objects.get()
    client = staff("view_callback", "view_failure")
    page = client.get(reverse("admin:tavus_hooks_failure_change", args=[failure.pk])).text
    assert "/handle/" not in page


def test_a_receiver_that_did_not_fail_is_no_choice(receive, staff, announced, broken_receiver):
    callback = receive(video())
    announced.clear()
    answer = choose(staff(*MAY), callback, confirmed="1", receiver="tests.announced")
    assert "Select a valid choice" in answer.text
    assert not announced


def test_what_nobody_has_been_told_yet_is_not_told_to_one_alone(
    receive, staff, announced, broken_receiver, settings
):
    failed = receive(video("v1"))
    settings.TAVUS_HOOKS = {**settings.TAVUS_HOOKS, "DISPATCHER": "deferred"}
    waiting = receive(video("v2"))
    announced.clear()
    client = staff(*MAY)
    assert "1 has not been told to anybody yet" in plan(client, failed, waiting)
    other = receive(video("v3"))
    assert "2 have not been told to anybody yet" in plan(client, failed, waiting, other)
    told = select(client, failed, waiting, receiver="tests.broken")
    assert "1 callback was skipped: it has yet to be told to all receivers." in told
    assert Callback.objects.get(pk=waiting.pk).handled_at is None
    assert not announced


def test_what_waits_for_its_retry_is_handled_again(receive, staff, broken_receiver):
    callback = receive(replica())
    assert Callback.objects.get(pk=callback.pk).due_at
    assert select(staff(*MAY), callback)[0] == "1 callback was handled again."


def test_a_plan_asks_as_often_for_many_callbacks_as_for_one(receive, staff, broken_receiver):
    client = staff(*MAY)

    def queries(*callbacks):
        with CaptureQueriesContext(reading) as captured:
            choose(client, *callbacks)
        return len(captured)

    rows = [receive(video(f"v{number}")) for number in range(20)]
    queries(rows[0])
    assert queries(*rows) == queries(rows[0])


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


def test_the_plan_names_what_is_contested_and_handling_it_applies_it(
    receive, staff, announced, keep
):
    receive(video("v1", status="generating"), reference="mine")
    contested = receive(video("v1"), reference="theirs")
    announced.clear()
    client = staff(*MAY)
    assert "1 of them is contested" in plan(client, contested)
    assert select(client, contested) == ["1 callback was handled again."]
    assert Video.objects.get().status == "ready"
    assert [it["signal"] for it in announced] == ["callback_received", "video_ready"]


def test_contested_callbacks_of_held_conversations_are_skipped_and_told(receive, staff, keep):
    receive(shutdown(), reference="mine")
    hold(Conversation.objects.get().conversation_id, note="an open dispute")
    contested = receive(shutdown(shutdown_reason="forged"), reference="theirs")
    told = select(staff(*MAY), contested)
    assert told == ["1 callback was skipped: it is contested, and its conversation is held."]
