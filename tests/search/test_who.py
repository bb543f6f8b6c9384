"""Who finds what: nobody learns by a search what they may not see."""

import pytest
from django.contrib.auth.models import User
from django.db.models import Q

from tavus_hooks.models import Access, Conversation, Document, Replica, Video
from tavus_hooks.search import matching
from tests.factories import replica, video
from tests.search.conftest import ROWS, links, marks, said, shown

pytestmark = pytest.mark.django_db(transaction=True)


def of_tenant(user, rows):
    return rows if user.is_superuser else rows.filter(reference=f"tenant:{user.first_name}")


def nothing(user, rows):
    return rows.none()


@pytest.fixture
def tenants(hooks):
    hooks(VISIBLE_ROWS="tests.search.test_who.of_tenant")


def user_of(client):
    return User.objects.get(pk=client.session["_auth_user_id"])


def test_who_may_not_see_what_was_said_does_not_find_it(receive, searcher):
    receive(said("heliotrope"))
    page = shown(searcher(*ROWS), "heliotrope")
    assert links(page) == []
    assert marks(page) == []
    assert "tavus_hooks.view_transcript" in page.text
    assert links(shown(searcher(*ROWS), "c1")) == ["c1"]


def test_the_page_says_nothing_else_whether_it_was_said_or_not(receive, searcher):
    receive(said("heliotrope"))
    client = searcher(*ROWS)
    texts = {shown(client, word).text for word in ("heliotrope", "elsewhere")}
    assert len(texts) == 1


def test_rows_of_another_tenant_are_not_found(receive, client, tenants):
    receive(said("heliotrope"), reference="tenant:a")
    receive(said("heliotrope", conversation_id="c2"), reference="tenant:b")
    receive(video("v1", video_name="heliotrope one"), reference="tenant:a")
    receive(video("v2", video_name="heliotrope two"), reference="tenant:b")
    receive(replica("r2", replica_name="heliotrope"), reference="tenant:b")
    user = user_of(client)
    user.first_name = "a"
    user.save()
    page = shown(client, "heliotrope")
    assert links(page) == ["c1", "heliotrope one"]
    assert len(marks(page)) == 1
    assert links(shown(client, "v2")) == []
    assert links(shown(client, "c2")) == []


def test_matches_of_others_do_not_crowd_out_ones_own(receive, client, tenants, monkeypatch):
    for number in range(3):
        receive(video(f"mine{number}", video_name="heliotrope"), reference="tenant:a")
    for number in range(30):
        receive(video(f"v{number}", video_name="heliotrope"), reference="tenant:b")
    user = user_of(client)
    user.first_name = "a"
    user.save()
    assert len(links(shown(client, "heliotrope"))) == 3


def test_where_nobody_sees_anything_nothing_is_found(receive, client, hooks):
    receive(said("heliotrope"))
    receive(video("v1", video_name="heliotrope"))
    hooks(VISIBLE_ROWS="tests.search.test_who.nothing")
    assert links(shown(client, "heliotrope")) == []
    assert links(shown(client, "v1")) == []


def test_whose_words_are_shown_is_in_the_access_log(receive, client, hooks):
    receive(said("heliotrope"))
    receive(said("garden", conversation_id="c2"))
    hooks(ACCESS_LOG=True)
    shown(client, "heliotrope")
    [access] = Access.objects.all()
    assert (access.conversation_id, access.action, access.interface) == ("c1", "opened", "pages")
    assert access.username == user_of(client).username
    shown(client, "c2")
    assert Access.objects.count() == 1


class TestMatching:
    """The condition for lists."""

    def found(self, model, text, user):
        return set(model.objects.filter(matching(model, text, user)).values_list(model.ID_FIELD))

    def test_it_is_the_condition_of_what_the_user_finds(self, receive, client):
        receive(said("heliotrope"))
        receive(video("v1", video_name="A heliotrope"))
        receive(video("v2", video_name="A garden"))
        receive(replica("r1", replica_name="heliotrope"))
        user = user_of(client)
        assert self.found(Conversation, "heliotrope", user) == {("c1",)}
        assert self.found(Video, "heliotrope", user) == {("v1",)}
        assert self.found(Video, "v", user) == {("v1",), ("v2",)}
        assert self.found(Replica, "HELIOTROPE", user) == {("r1",)}
        assert self.found(Document, "heliotrope", user) == set()
        assert self.found(Video, " \x00 ", user) == set()

    def test_it_can_be_combined(self, receive, client):
        receive(video("v1", video_name="heliotrope"))
        receive(video("v2", video_name="heliotrope"))
        condition = matching(Video, "heliotrope", user_of(client))
        assert Video.objects.filter(condition & Q(video_id="v2")).count() == 1
        assert Video.objects.exclude(condition).count() == 0

    def test_what_was_said_needs_the_permission(self, receive, searcher):
        receive(said("heliotrope"))
        user = user_of(searcher(*ROWS))
        assert self.found(Conversation, "heliotrope", user) == set()
        assert self.found(Conversation, "c1", user) == {("c1",)}
