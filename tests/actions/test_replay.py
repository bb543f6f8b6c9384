"""A user lets in what is contested only where they may see the row that it changes."""

import pytest
from django.contrib.auth import get_user_model

from tavus_hooks.actions import Replay
from tavus_hooks.actions.replay import replay_for
from tavus_hooks.models import Callback, Video
from tests.factories import video

MINE, THEIRS = "shop.order:1", "shop.order:2"


def only_mine(user, rows):
    """The rule of a host: each user sees what has the reference of theirs."""
    return rows.filter(reference=user.username)


@pytest.fixture
def kept(receive, hooks):
    """Of the two the second is contested, and only kept."""
    hooks(CONTESTED="keep", VISIBLE_ROWS="tests.actions.test_replay.only_mine")
    receive(video(status="generating"), reference=MINE)
    return receive(video(status="ready"), reference=THEIRS)


@pytest.mark.django_db
def test_who_sees_the_row_lets_in_what_is_contested(kept):
    owner = get_user_model()(username=MINE)
    assert [result for _, result in replay_for(owner, [kept])] == [Replay.DONE]
    assert Video.objects.get().status == "ready"


@pytest.mark.django_db
def test_who_does_not_see_it_lets_nothing_in(kept):
    other = get_user_model()(username=THEIRS)
    assert [result for _, result in replay_for(other, [kept])] == [Replay.KEPT]
    assert Video.objects.get().status == "generating"
    assert Callback.objects.get(pk=kept.pk).applied_at is None
