"""Who may see which page, and which part of it."""

import pytest
from django.test import Client
from django.urls import reverse

from tavus_hooks.models import Callback, Conversation, Replica, Video
from tavus_hooks.signals import callback_received
from tests.pages.conftest import MODELS, VIEW_ALL
from tests.pages.reading import read

INDEX = "tavus_hooks:index"


def names(model):
    return model._meta.model_name


def list_path(model):
    return reverse(f"tavus_hooks:{names(model)}-list")


@pytest.fixture
def broken_receiver(connect):
    def broken(**kwargs):
        raise RuntimeError("secret of the shop")

    connect(callback_received, broken, "tests.pages.broken")


def test_every_page_asks_strangers_to_log_in(story, all_paths):
    story()

    for path in all_paths():
        response = Client().get(path)
        assert response.status_code == 302
        assert response.url == f"{reverse('login')}?next={path}"


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_pages_of_a_model_need_its_view_permission_and_no_other(model, story, viewer):
    story()
    paths = [list_path(model), model.objects.first().get_absolute_url()]
    others = [f"view_{names(other)}" for other in MODELS if other is not model]

    outsider, insider = viewer(*others), viewer(f"view_{names(model)}")

    assert [outsider.get(path).status_code for path in paths] == [403, 403]
    assert [insider.get(path).status_code for path in paths] == [200, 200]


def test_the_front_page_is_refused_to_users_who_may_see_nothing_of_it(viewer):
    assert viewer().get(reverse(INDEX)).status_code == 403


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_the_front_page_and_navigation_show_only_what_one_may_see(model, story, viewer):
    story()

    page = read(viewer(f"view_{names(model)}").get(reverse(INDEX)))

    paths = {link.attrs["href"].partition("?")[0] for link in page.all("a")}
    assert list_path(model) in paths
    assert paths.isdisjoint(list_path(other) for other in MODELS if other is not model)
    assert [link.attrs["href"] for link in page.one("nav").all("a")] == [list_path(model)]


@pytest.mark.parametrize("model", [Video, Replica, Conversation], ids=names)
def test_callbacks_are_not_shown_on_other_pages_to_users_who_may_not_see_them(
    model, receive, sample, viewer
):
    for name in ("video.ready", "replica.ready", "objective.completed"):
        receive(sample(name))
    path = model.objects.get().get_absolute_url()

    page = read(viewer(f"view_{names(model)}").get(path))

    assert "callback" not in page.one("main").text.lower()
    assert "cherry tomato" not in page.text
    assert not [link for link in page.all("a") if "/inbox/" in link.attrs["href"]]


def test_replica_and_subject_are_links_only_for_users_who_may_see_them(receive, sample, viewer):
    callback = receive(sample("video.ready"))
    receive(sample("replica.ready"))
    video = Video.objects.get()
    Replica.objects.update(replica_id=video.replica_id)

    modest = viewer("view_video", "view_callback")
    to_replica = Replica.objects.get().get_absolute_url()
    assert not read(modest.get(video.get_absolute_url())).all("a", href=to_replica)
    assert read(viewer(*VIEW_ALL).get(video.get_absolute_url())).all("a", href=to_replica)

    to_video = video.get_absolute_url()
    assert read(modest.get(callback.get_absolute_url())).all("a", href=to_video)
    stranger = viewer("view_callback")
    page = read(stranger.get(callback.get_absolute_url()))
    assert not page.all("a", href=to_video)
    assert video.video_id in page.text


def test_videos_and_conversations_of_a_replica_need_their_own_permission(receive, sample, viewer):
    for name in ("replica.ready", "video.ready", "system.replica_joined"):
        receive(sample(name))
    replica = Replica.objects.get()
    Video.objects.update(replica_id=replica.replica_id)
    Conversation.objects.update(replica_id=replica.replica_id)
    video, conversation = Video.objects.get(), Conversation.objects.get()
    path = replica.get_absolute_url()

    all_of_it = read(viewer(*VIEW_ALL).get(path))
    assert all_of_it.all("a", href=video.get_absolute_url())
    assert all_of_it.all("a", href=conversation.get_absolute_url())

    page = read(viewer("view_replica").get(path))
    assert not page.all("a", href=video.get_absolute_url())
    assert not page.all("a", href=conversation.get_absolute_url())


def test_why_a_receiver_failed_is_told_only_to_users_who_may_handle_callbacks(
    broken_receiver, receive, sample, viewer
):
    callback = receive(sample("video.ready"))
    assert "secret of the shop" in Callback.objects.get().error

    paths = [callback.get_absolute_url(), reverse(INDEX)]
    for path in paths:
        reader = read(viewer(*VIEW_ALL).get(path)).text
        assert "tests.pages.broken" in reader
        assert "secret of the shop" not in reader
        modest = viewer("view_callback").get(path)
        assert modest.status_code == 200
        assert "tests.pages.broken" not in read(modest).text

    handler = read(viewer(*VIEW_ALL, "handle_callback").get(paths[0])).text
    assert "secret of the shop" in handler
    assert "Traceback (most recent call last)" in handler
