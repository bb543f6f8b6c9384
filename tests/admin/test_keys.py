"""By which key a callback came, as the admin tells it: so that an old secret can be retired."""

import re

import pytest
from django.urls import reverse

from tavus_hooks.address import key_id
from tavus_hooks.models import Callback
from tests.factories import video

OLD, NEW = "an old secret of forty characters or so", "a new secret of as many characters"
TYPED = "a-typed-token-of-as-many-characters"


@pytest.fixture
def came_by(hooks, receive, client):
    """One callback by each: an old secret, a new one put in front of it, a static token."""
    hooks(SECRETS=[OLD], STATIC_TOKENS=[TYPED])
    old = receive(video("v1"))
    hooks(SECRETS=[NEW, OLD])
    new = receive(video("v2"))
    address = reverse("tavus_hooks:receive", args=[TYPED])
    client.post(address, data=b'{"video_id": "v3"}', content_type="application/json")
    return {"old": old, "new": new, "typed": Callback.objects.latest("pk")}


def keys(html):
    return re.findall(r'class="field-key_id">(.*?)</td>', html)


def ids(html):
    return {int(pk) for pk in re.findall(r'name="_selected_action" value="(\d+)"', html)}


def test_the_id_of_a_key_is_the_same_in_every_version():
    """It stands in the rows that were kept before an update."""
    assert key_id(OLD) == "3464ab71"


def test_a_callback_tells_which_key_it_came_by(came_by, page):
    assert keys(page("callback")) == ["1st static token", "1st secret", "2nd secret"]
    assert "2nd secret" in page("callback", "change", came_by["old"].pk)


def test_a_key_that_was_taken_out_of_the_settings_is_said_to_be(came_by, page, hooks):
    hooks(SECRETS=[NEW])
    assert "not in the settings" in keys(page("callback"))[-1]
    assert ids(page("callback", key_id="other")) == {came_by["old"].pk}


def test_callbacks_are_found_by_their_key(came_by, page):
    for name, key in (("old", OLD), ("new", NEW), ("typed", TYPED)):
        assert ids(page("callback", key_id=key_id(key))) == {came_by[name].pk}
    assert ids(page("callback", key_id="none")) == set()
    assert len(ids(page("callback", key_id="\x00"))) == 3


def test_no_page_tells_a_key_itself(came_by, page):
    pages = [page("callback"), *(page("callback", "change", it.pk) for it in came_by.values())]
    for html in pages:
        for key in (OLD, NEW, TYPED):
            assert key not in html
