"""Rows that the app made for itself are told apart from what Tavus sent."""

import re

import pytest

from tavus_hooks.kinds.doctor import signed
from tavus_hooks.models import Callback, Conversation
from tests.badges import badges
from tests.factories import shutdown, video

MARK = ("internal", "plain")


@pytest.fixture
def ours(receive, hooks):
    hooks(COMPLETION_EXPECTS=["shutdown"])
    receive(video())
    receive(shutdown())
    return Callback.objects.get(kind="conversation.completed")


def test_it_is_marked_in_lists_on_its_page_and_on_its_conversation(ours, page):
    assert badges(page("callback")).count(MARK) == 1
    assert MARK in badges(page("callback", "change", ours.pk))
    assert MARK in badges(page("conversation", "change", Conversation.objects.get().pk))


def test_what_tavus_sent_is_not_marked(ours, page):
    for callback in Callback.objects.exclude(pk=ours.pk):
        assert callback.is_internal is False
        assert badges(page("callback", "change", callback.pk)).count(MARK) == 0


def test_it_can_be_left_out_of_the_list(ours, page):
    def ids(**query):
        return set(re.findall(r'name="_selected_action" value="(\d+)"', page("callback", **query)))

    assert ids(internal="true") == {str(ours.pk)}
    assert str(ours.pk) not in ids(internal="false")
    assert len(ids(internal="false")) == 2


def test_a_post_of_the_doctor_is_marked_and_shown_too(receive, page, admin):
    callback = receive(signed("1"))
    assert callback.is_internal
    assert MARK in badges(page("callback"))
    for shown in (
        page("callback", "change", callback.pk),
        admin.get(callback.get_absolute_url()).text,
    ):
        assert "tavus-key" in shown
        assert "Tavus never sent it." not in re.sub('title="[^"]*"', "", shown)
