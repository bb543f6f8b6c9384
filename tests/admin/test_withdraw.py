"""The URL by which a callback came is withdrawn from its page, and that one alone."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from tavus_hooks.models import Callback, Withdrawal
from tests.conftest import receiving_path
from tests.factories import video

pytestmark = pytest.mark.also_in_autocommit

MAY = ("view_callback", "add_withdrawal")


def page_of(callback, view="withdraw"):
    return reverse(f"admin:tavus_hooks_callback_{view}", args=[callback.pk])


def post(reference):
    answer = Client().post(receiving_path(reference), video(), content_type="application/json")
    return answer.status_code


def test_it_asks_first_and_then_nothing_is_taken_from_this_url_any_more(receive, staff):
    callback = receive(video(), reference="shop.order:42")
    client = staff(*MAY)
    page = client.get(page_of(callback, "change")).text
    assert f"<code>{callback.url_id}</code>" in page
    [link] = re.findall(r'href="([^"]*/withdraw/)"', page)
    asked = client.get(link).text
    assert callback.url_id in asked
    assert "shop.order:42" in asked
    assert not Withdrawal.objects.exists()

    answer = client.post(link, {"confirmed": "1", "note": "rubbish since noon"}, follow=True)
    assert "The URL is withdrawn." in answer.text
    assert "Nothing is taken from its URL any more." in answer.text
    assert '<li class="success">' in answer.text
    row = Withdrawal.objects.get()
    where = reverse("admin:tavus_hooks_withdrawal_change", args=[row.pk])
    assert ">withdrawn<" in answer.text
    assert ">withdrawn<" not in page
    may_see_it = staff(*MAY, "view_withdrawal").get(page_of(callback, "change")).text
    assert f'href="{where}"><code>{callback.url_id}</code>' in may_see_it
    assert (row.url_id, row.reference) == (callback.url_id, "shop.order:42")
    assert (row.withdrawn_by, row.note) == ("staff 0", "rubbish since noon")
    assert "Withdrawn" in LogEntry.objects.get().get_change_message()
    assert [post("shop.order:42"), post("shop.order:43")] == [403, 200]


def test_who_withdraws_it_a_second_time_is_told(receive, staff):
    callback, client = receive(video()), staff(*MAY)
    for _ in range(2):
        answer = client.post(page_of(callback), {"confirmed": "1"}, follow=True)
    assert '<li class="warning">The URL was withdrawn before.' in answer.text
    assert Withdrawal.objects.count() == 1


@pytest.mark.parametrize("codenames", [["view_callback", "handle_callback"], ["add_withdrawal"]])
def test_it_takes_the_permission_to_add_a_withdrawal_and_to_see_the_callback(
    receive, staff, codenames
):
    callback, client = receive(video()), staff(*codenames)
    for ask in (client.get, client.post):
        assert ask(page_of(callback)).status_code == 403
    assert "/withdraw/" not in client.get(page_of(callback, "change")).text
    assert not Withdrawal.objects.exists()


def test_a_callback_that_came_by_a_static_token_names_no_url(hooks, receive, staff, client):
    static = "a-static-token-that-was-typed-by-hand"
    hooks(STATIC_TOKENS=[static])
    client.post(f"/tavus/callbacks/{static}/", video(), content_type="application/json")
    callback, admin = Callback.objects.get(), staff(*MAY)
    assert "Its URL has no id" in admin.get(page_of(callback, "change")).text
    assert admin.get(page_of(callback)).status_code == 404


def test_who_deletes_a_withdrawal_lets_the_url_in_again(receive, admin):
    callback = receive(video(), reference="shop.order:42")
    for name in ("delete", "delete_selected"):
        admin.post(page_of(callback), {"confirmed": "1"})
        assert post("shop.order:42") == 403
        row = Withdrawal.objects.get()
        path = reverse("admin:tavus_hooks_withdrawal_delete", args=[row.pk])
        data = {"post": "yes"}
        if name == "delete_selected":
            path = reverse("admin:tavus_hooks_withdrawal_changelist")
            data |= {"action": name, "_selected_action": row.pk}
        admin.post(path, data)
        assert post("shop.order:42") == 200


def test_the_list_tells_which_were_withdrawn_when_by_whom_and_why(receive, admin, page):
    callback = receive(video(), reference="shop.order:42")
    admin.post(page_of(callback), {"confirmed": "1", "note": "rubbish since noon"})
    for html in (
        page("withdrawal"),
        page("withdrawal", "change", Withdrawal.objects.get().pk),
        page("callback", "change", callback.pk),
    ):
        assert callback.url_id in html
    assert "rubbish since noon" in page("withdrawal")
