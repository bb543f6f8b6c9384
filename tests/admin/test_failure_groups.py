"""Failures in groups by receiver and exception."""

import re

import pytest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tavus_hooks.models import Failure
from tests.databases import reading
from tests.factories import replica, video

LIST = "/admin/tavus_hooks/failure/"


def fail(callback, receiver, exception, *, abandoned=False, at="2026-03-01T10:00:00Z"):
    return Failure.objects.create(
        callback=callback,
        receiver=receiver,
        signal="callback_received",
        exception=exception,
        first_at=at,
        last_at=at,
        next_attempt_at=None if abandoned else timezone.now(),
        abandoned_at=timezone.now() if abandoned else None,
    )


def groups(html):
    """The cells of each group, without their markup."""
    body = re.search(r"<tbody>(.*?)</tbody>", html, re.DOTALL)[1]
    return [
        [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", body)
    ]


def links(html):
    body = re.search(r"<tbody>(.*?)</tbody>", html, re.DOTALL)[1]
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*)"', body)]


@pytest.fixture
def failures(receive):
    first, second = receive(video("v1")), receive(video("v2"))
    fail(first, "shop.mail", "ValueError")
    fail(second, "shop.mail", "ValueError", abandoned=True, at="2026-03-03T10:00:00Z")
    fail(second, "shop.sms", "ValueError", at="2026-03-02T10:00:00Z")
    return first, second


def test_failures_are_counted_by_receiver_and_exception_the_newest_first(failures, page):
    rows = groups(page("failure", "groups"))
    assert [row[:6] for row in rows] == [
        ["shop.mail", "ValueError", "2", "1", "1", "2"],
        ["shop.sms", "ValueError", "1", "1", "0", "1"],
    ]
    assert "March 1, 2026" in rows[0][6]
    assert "March 3, 2026" in rows[0][7]


def test_a_group_leads_to_its_failures_and_to_its_callbacks(failures, page, admin, receive):
    receive(replica("r9"))
    to_failures, to_callbacks = links(page("failure", "groups"))[2:]
    listed = admin.get(to_failures).text
    assert len(re.findall('name="_selected_action"', listed)) == 1
    assert "shop.sms" in listed
    callbacks = admin.get(to_callbacks).text
    assert re.findall(r'name="_selected_action" value="(\d+)"', callbacks) == [str(failures[1].pk)]


def test_a_callback_that_failed_twice_alike_is_listed_once(receive, page, admin):
    callback = receive(video())
    for signal in ("video_ready", "callback_received"):
        row = fail(callback, "shop.mail", "ValueError")
        Failure.objects.filter(pk=row.pk).update(signal=signal)
    _to_failures, to_callbacks = links(page("failure", "groups"))
    assert len(re.findall('name="_selected_action"', admin.get(to_callbacks).text)) == 1


def test_a_receiver_may_have_any_name(receive, page, admin):
    fail(receive(video()), "<b>&?x=1#ü", "ValueError")
    html = page("failure", "groups")
    assert "<b>&?" not in html
    for link in links(html):
        assert len(re.findall('name="_selected_action"', admin.get(link).text)) == 1


def test_callbacks_of_a_group_are_found_only_by_those_who_may_see_failures(failures, staff):
    query = {"failures__receiver": "shop.mail", "failures__exception": "ValueError"}
    path = "/admin/tavus_hooks/callback/"
    assert staff("view_callback").get(path, query).status_code == 400
    assert staff("view_callback", "view_failure").get(path, query).status_code == 200


def test_the_list_and_each_failure_lead_to_the_groups(failures, page, admin):
    address = reverse("admin:tavus_hooks_failure_groups")
    shown = page("failure")
    assert f'href="{address}"' in shown
    assert "They are of 2 groups" in shown
    one = page("failure", "change", Failure.objects.filter(receiver="shop.mail").first().pk)
    assert f'href="{address}"' in one
    assert groups(one)[0][:3] == ["shop.mail", "ValueError", "2"]
    assert "groups" not in admin.get(LIST, {"receiver": "shop.mail"}).text


def test_without_failures_there_is_nothing_to_lead_to(page, db):
    assert "tavus-link" not in page("failure")
    assert "Nothing has failed." in page("failure", "groups")


def test_groups_are_kept_from_those_who_may_not_view_failures(failures, staff):
    address = reverse("admin:tavus_hooks_failure_groups")
    assert staff("view_callback").get(address).status_code == 403
    assert staff("view_failure").get(address).status_code == 200


def test_twenty_groups_take_as_many_queries_as_one(receive, opened):
    callback = receive(video())

    def queries():
        with CaptureQueriesContext(reading) as captured:
            opened("failure", "groups")
        return len(captured)

    fail(callback, "r", "E")
    queries()
    one = queries()
    for number in range(20):
        fail(callback, f"r{number}", "E")
    assert queries() == one


def test_of_very_many_groups_those_seen_last_are_shown(receive, page):
    callback = receive(video())
    for number in range(200):
        fail(callback, f"r{number}", "E")
    assert "seen last" not in page("failure", "groups").partition("</table>")[2]
    fail(callback, "r200", "E", at="2026-03-02T10:00:00Z")
    html = page("failure", "groups")
    assert groups(html)[0][0] == "r200"
    assert len(groups(html)) == 200
    assert "These are the 200 seen last." in html


def acknowledge(client, *failures):
    data = {"action": "acknowledge", "_selected_action": [failure.pk for failure in failures]}
    answer = client.post(LIST, data, follow=True)
    return [(message.level_tag, str(message)) for message in answer.context["messages"]]


def test_abandoned_failures_can_be_acknowledged(failures, staff):
    client = staff("view_failure", "resolve_failure")
    told = acknowledge(client, *Failure.objects.all())
    assert ("success", "1 abandoned failure was acknowledged.") in told
    assert not Failure.objects.abandoned().exists()
    acknowledged = Failure.objects.get(acknowledged_at__isnull=False)
    assert acknowledged.acknowledged_by.startswith("staff")
    shown = client.get(LIST, {"state": "acknowledged"}).context["cl"].queryset
    assert list(shown) == [acknowledged]
    assert client.get(LIST, {"state": "abandoned"}).context["cl"].result_count == 0


def test_acknowledging_has_a_permission_of_its_own(failures, staff):
    client = staff("view_failure", "handle_callback", "change_failure")
    assert b"Acknowledge" not in client.get(LIST).content
    acknowledge(client, *Failure.objects.all())
    assert Failure.objects.abandoned().count() == 1
