"""Finding rows by their reference, in whole or by its beginning."""

import re

import pytest
from django.urls import reverse

from tests.factories import document, replica, shutdown, video

MODELS = ["callback", "video", "replica", "conversation", "document"]


@pytest.fixture
def referenced(receive):
    for reference in ("shop.order:1", "shop.order:12", "blog.post:1", ""):
        receive(video(f"v {reference}"), reference=reference)
        receive(replica(f"r {reference}"), reference=reference)
        receive(shutdown(f"c {reference}"), reference=reference)
        receive(document(f"d {reference}"), reference=reference)


def count(html):
    return len(re.findall(r'name="_selected_action"', html))


@pytest.mark.parametrize("model", MODELS)
def test_a_reference_is_found_exactly_and_by_its_beginning(referenced, page, model):
    each = 4 if model == "callback" else 1
    assert count(page(model, reference="shop.order:1")) == each
    assert count(page(model, reference__startswith="shop.order:")) == 2 * each
    assert count(page(model, reference__startswith="order")) == 0
    assert count(page(model, reference__startswith="Shop.order:")) == 0
    assert count(page(model, reference="", reference__startswith="")) == 4 * each


def test_what_is_asked_for_stays_in_the_boxes_beside_the_other_filters(referenced, page):
    html = page("callback", reference__startswith="shop.", kind="video.ready", q="ready")
    assert 'name="reference__startswith" value="shop."' in html
    assert '<input type="hidden" name="kind" value="video.ready">' in html
    assert '<input type="hidden" name="q" value="ready">' in html
    assert count(html) == 2


def test_a_reference_that_is_longer_than_any_stands_in_no_link(referenced, opened):
    for name in ("reference", "reference__startswith", "key_id"):
        page = opened("callback", **{name: '"' * 20_000}).content.decode()
        assert len(page) < len(opened("callback", **{name: "x"}).content.decode()) + 40_000


def test_parameters_that_are_too_long_together_are_refused_as_a_wrong_lookup(admin):
    path = reverse("admin:tavus_hooks_callback_changelist")
    answer = admin.get(path, {"kind__exact": ["x" * 100] * 60})
    assert answer.status_code == 302
    assert answer["Location"].endswith("?e=1")


def test_long_parameters_do_not_stand_in_the_link_of_each_row(receive, opened):
    reference = "\N{GRINNING FACE}" * 200
    for number in range(50):
        receive(video(f"v{number}"), reference=reference)
    short, long = (
        opened("video", reference__startswith=text).content.decode()
        for text in (reference[:9], reference)
    )
    assert "_changelist_filters" in short
    assert "_changelist_filters" not in long
    assert "50 videos" in long


@pytest.mark.parametrize("text", ["\x00", "a\x00", "x" * 201, "x" * 60_000, "%", "'", "🤖"])
def test_text_that_no_reference_holds_finds_nothing(referenced, page, text):
    assert count(page("callback", reference=text)) == 0
    assert count(page("callback", reference__startswith=text)) == 0
