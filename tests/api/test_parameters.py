"""What a URL of the API may ask: a misspelled filter must not give every row."""

import pytest
from rest_framework.test import APIClient

from tavus_hooks.api.pagination import Pages
from tavus_hooks.api.urls import router
from tavus_hooks.api.viewsets import ReadingViewSet
from tests.api.conftest import COLLECTIONS
from tests.factories import document, replica, shutdown, video

ROWS = {"videos": "v1", "replicas": "r1", "conversations": "c1", "documents": "d1"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def urls(receive):
    """Every URL of the API but the lists, with a row of each collection."""
    receive(replica())
    receive(shutdown())
    receive(document())
    callback = receive(video())
    rows = {**ROWS, "callbacks": callback.pk}
    return ["/tavus/api/", "/tavus/health/", *(f"/tavus/api/{it}/{rows[it]}/" for it in rows)]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_list_refuses_by_name_what_it_does_not_know(collection, reader):
    answer = reader.get(f"/tavus/api/{collection}/?search=refund&page_size=1&limit=%00")
    assert answer.status_code == 400
    assert list(answer.json()) == ["search", "limit"]


def test_what_is_not_a_list_refuses_filters_and_pages(reader, urls):
    for url in urls:
        for name in ("search", "cursor", "page_size", "ordering", "status"):
            answer = reader.get(url, {name: "1"})
            assert answer.status_code == 400, (url, name)
            assert list(answer.json()) == [name]


def test_the_nearest_parameter_that_there_is_is_named(reader):
    said = reader.get("/tavus/api/videos/?staus=ready&update_at__gte=2024-01-01").json()
    assert "status?" in said["staus"][0]
    assert "updated_at__gte?" in said["update_at__gte"][0]


def test_where_none_is_near_all_are_named(reader):
    [said] = reader.get("/tavus/api/documents/?zzz=1").json()["zzz"]
    assert "document_id, format, look_through, ordering, page_size, q, " in said


def test_the_browsable_pages_say_so_too(reader):
    answer = reader.get("/tavus/api/videos/?staus=1", headers={"accept": "text/html"})
    assert answer.status_code == 400
    assert "Did you mean status?" in answer.content.decode()


def test_a_very_long_name_is_compared_by_its_beginning(reader):
    answer = reader.get(f"/tavus/api/videos/?{'status' * 5000}=1")
    assert answer.status_code == 400


def test_how_an_answer_is_rendered_may_be_said_everywhere(reader, urls):
    for url in [*urls, *(f"/tavus/api/{it}/" for it in COLLECTIONS)]:
        assert reader.get(url, {"format": "json"}).status_code == 200, url


def test_every_parameter_that_a_list_has_is_known_to_it(reader):
    viewsets = [it for _, it, _ in router.registry if issubclass(it, ReadingViewSet)]
    assert len(viewsets) == len(COLLECTIONS)
    for viewset in viewsets:
        names = [*viewset.filterset_class.base_filters, *Pages.parameters, "format"]
        url = f"/tavus/api/{viewset.queryset.model._meta.model_name}s/"
        answer = reader.get(url, dict.fromkeys(names, ""))
        assert answer.status_code == 200, answer.content


def test_who_may_not_read_is_not_told_what_can_be_asked(login):
    assert APIClient().get("/tavus/api/videos/?staus=ready").status_code in {401, 403}
    assert login().get("/tavus/api/videos/?staus=ready").status_code == 403


def test_no_link_has_two_question_marks(reader, receive):
    receive(video("a&b?c=d"))
    receive(shutdown())
    for url in ("/tavus/api/videos/?format=json", "/tavus/api/conversations/c1/?format=json"):
        shown = reader.get(url).json()
        for row in shown.get("results", [shown]):
            assert row["callbacks"].count("?") == 1
            about = reader.get(row["callbacks"]).json()
            assert len(about["results"]) == 1
            assert "format=json" in row["callbacks"]


def test_the_links_of_an_answer_ask_for_nothing_unknown(reader, receive):
    for number in range(3):
        receive(video(f"v{number}"))
    for query in ("page_size=1", "page_size=1&format=json&status=ready"):
        first = reader.get(f"/tavus/api/videos/?{query}").json()
        shown = reader.get(first["next"]).json()
        [row] = shown["results"]
        for link in (shown["next"], shown["previous"], row["url"], row["callbacks"]):
            assert reader.get(link).status_code == 200, link
