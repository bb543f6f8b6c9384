"""Finding rows by their reference, in whole or by its beginning."""

import re

import pytest

from tests.admin.bodies import document, replica, shutdown, video

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
    assert count(page(model, reference="", reference__startswith="")) == 4 * each


def test_what_is_asked_for_stays_in_the_boxes_beside_the_other_filters(referenced, page):
    html = page("callback", reference__startswith="shop.", kind="video.ready", q="v")
    assert 'name="reference__startswith" value="shop."' in html
    assert '<input type="hidden" name="kind" value="video.ready">' in html
    assert '<input type="hidden" name="q" value="v">' in html
    assert count(html) == 2


@pytest.mark.parametrize("text", ["\x00", "a\x00", "x" * 201, "x" * 60_000, "%", "'", "🤖"])
def test_text_that_no_reference_holds_finds_nothing(referenced, page, text):
    assert count(page("callback", reference=text)) == 0
    assert count(page("callback", reference__startswith=text)) == 0
