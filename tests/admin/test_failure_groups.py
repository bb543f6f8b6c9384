"""Failures in groups by receiver and exception."""

import re
from datetime import timedelta

import pytest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse, reverse_lazy
from django.utils import timezone

from tavus_hooks.actions import mark
from tavus_hooks.models import Failure, FailureGroup
from tests.badges import badges
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
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    cells = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows)
    return [[re.sub("<[^>]*>", "", cell).strip() for cell in row] for row in cells]


def links(html):
    """Where the numbers of the groups lead."""
    body = re.search(r"<tbody>(.*?)</tbody>", html, re.DOTALL)[1]
    found = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*)"', body)]
    return [link for link in found if "/failuregroup/" not in link]


@pytest.fixture
def failures(receive):
    first, second = receive(video("v1")), receive(video("v2"))
    fail(first, "shop.mail", "ValueError")
    fail(second, "shop.mail", "ValueError", abandoned=True, at="2026-03-03T10:00:00Z")
    fail(second, "shop.sms", "ValueError", at="2026-03-02T10:00:00Z")
    return first, second


def test_failures_are_counted_by_receiver_and_exception_the_newest_first(failures, page):
    rows = groups(page("failure", "groups"))
    assert [[*row[:5], *row[6:9]] for row in rows] == [
        ["shop.mail", "ValueError", "2", "open", "Mark it …", "2", "1", "1"],
        ["shop.sms", "ValueError", "1", "open", "Mark it …", "1", "1", "0"],
    ]
    assert "March 3, 2026" in rows[0][5]
    assert "March 1, 2026" in rows[0][9]


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
    assert groups(one.partition("field-alike")[2])[0][:3] == ["shop.mail", "ValueError", "2"]
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
    mark("r", "E", state="resolved")
    queries()
    one = queries()
    for number in range(20):
        fail(callback, f"r{number}", "E")
        mark(f"r{number}", "E", state="resolved")
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


class TestStates:
    """What people say of a group, on the page of groups and on that of each failure."""

    ADD = reverse_lazy("admin:tavus_hooks_failuregroup_add")
    SEE = ("view_failure", "view_failuregroup")

    def places(self, client):
        failure = Failure.objects.filter(receiver="shop.mail").first()
        for address in (
            reverse("admin:tavus_hooks_failure_groups"),
            reverse("admin:tavus_hooks_failure_change", args=[failure.pk]),
        ):
            html = client.get(address).text
            if "/groups/" not in address:
                html = html.partition("field-alike")[2]
            yield re.search(r"<tbody>.*?</tbody>", html, re.DOTALL)[0]

    def links(self, table):
        found = re.findall(r'href="([^"]*/failuregroup/[^"]*)"', table)
        return [link.replace("&amp;", "&") for link in found]

    def test_a_group_is_marked_by_the_link_beside_it(self, failures, staff):
        client = staff(*self.SEE, "add_failuregroup")
        for table in self.places(client):
            link = self.links(table)[0]
            assert link == f"{self.ADD}?receiver=shop.mail&exception=ValueError"
        shown = client.get(link).text
        assert 'value="shop.mail"' in shown
        assert 'value="ValueError"' in shown
        group = {"receiver": "shop.mail", "exception": "ValueError"}
        said = {"state": "resolved", "note": "<b>Fixed</b> in 1.2"}
        answer = client.post(self.ADD, group | said)
        assert answer["Location"] == reverse("admin:tavus_hooks_failure_groups")
        given = FailureGroup.objects.get()
        for table in self.places(client):
            [label, *_] = badges(table)
            assert label == ("resolved", "good")
            assert "&lt;b&gt;Fixed&lt;/b&gt; in 1.2" in table
            assert given.entered_by in table

    def test_a_failure_that_is_seen_later_opens_it_again(self, failures, admin):
        given = mark("shop.mail", "ValueError", state="acknowledged", note="Known", by="ada")
        for table in self.places(admin):
            assert ("acknowledged", "plain") in badges(table)
            assert ("seen again", "bad") not in badges(table)
        later = given.entered_at + timedelta(minutes=1)
        Failure.objects.filter(receiver="shop.sms").update(last_at=later)
        for table in self.places(admin):
            assert ("acknowledged", "plain") in badges(table)
            assert ("seen again", "bad") not in badges(table)
        newest = Failure.objects.filter(receiver="shop.mail").latest("last_at")
        Failure.objects.filter(pk=newest.pk).update(last_at=later)
        for table in self.places(admin):
            assert ("seen again", "bad") in badges(table)
            assert "It was acknowledged before." in table
            assert "Known" in table

    def test_it_is_changed_by_those_who_may(self, failures, staff):
        given = mark("shop.mail", "ValueError", state="acknowledged", by="ada")
        address = reverse("admin:tavus_hooks_failuregroup_change", args=[given.pk])
        for table in self.places(staff(*self.SEE, "add_failuregroup")):
            assert address not in self.links(table)
        client = staff(*self.SEE, "change_failuregroup")
        for table in self.places(client):
            assert self.links(table) == [address]
        data = {"state": "resolved", "note": "", "receiver": "shop.sms"}
        assert client.post(address, data).status_code == 302
        changed = FailureGroup.objects.get()
        assert (changed.receiver, changed.state) == ("shop.mail", "resolved")
        assert changed.entered_by.startswith("staff")

    def test_without_the_permissions_there_is_nothing_of_it(self, failures, staff):
        mark("shop.mail", "ValueError", state="resolved", note="Fixed")
        for table in self.places(staff("view_failure")):
            assert "Fixed" not in table
            assert badges(table) == []
        client = staff(*self.SEE)
        for table in self.places(client):
            assert self.links(table) == []
        assert client.post(self.ADD, {"receiver": "r"}).status_code == 403

    def test_a_group_is_marked_once(self, failures, admin):
        mark("shop.mail", "ValueError", state="resolved")
        data = {"receiver": "shop.mail", "exception": "ValueError", "state": "resolved"}
        assert "already exists" in admin.post(self.ADD, data).text
        for wrong in ({"state": "open"}, {"exception": ""}, {"note": "x" * 1001}):
            answer = admin.post(self.ADD, data | {"exception": "KeyError"} | wrong)
            assert answer.status_code == 200
        assert FailureGroup.objects.count() == 1
