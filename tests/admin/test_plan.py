"""The plan that is shown before callbacks are handled again."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tavus_hooks.models import Callback, Failure, Video
from tests.admin.handling_again import LIST, MAY, choose, page_of, select
from tests.databases import reading
from tests.factories import replica, video

pytestmark = pytest.mark.also_in_autocommit


def plan(client, *callbacks):
    """What the action says that it would do."""
    return " ".join(re.sub("<[^>]*>", " ", choose(client, *callbacks).text).split())


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
    says = page.partition("field-message")[2].partition("field-attempts")[0]
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
    receive, staff, announced, broken_receiver, hooks
):
    failed = receive(video("v1"))
    hooks(DISPATCHER="deferred")
    waiting = receive(video("v2"))
    announced.clear()
    client = staff(*MAY)
    assert "1 has not been announced yet" in plan(client, failed, waiting)
    other = receive(video("v3"))
    assert "2 have not been announced yet" in plan(client, failed, waiting, other)
    told = select(client, failed, waiting, receiver="tests.broken")
    assert "1 callback was skipped: it has not been announced to all receivers yet." in told
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
