"""A video plays when it is asked to, and not before, in whatever way the browser can."""

import shutil
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.browser.media import film

pytest.importorskip("pytest_playwright", reason="make e2e installs what these need")
pytestmark = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg makes what is played")

NO_HLS = "HTMLMediaElement.prototype.canPlayType = type => type.includes('mpegurl') ? '' : 'maybe'"
NO_MEDIA_SOURCE = "delete window.MediaSource; delete window.ManagedMediaSource"
PLAYS = "() => document.querySelector('video').currentTime > 1"


@pytest.fixture(scope="module")
def filmed(media_folder, s3):
    film(media_folder)
    copy = media_folder / "c-recorded"
    copy.mkdir()
    shutil.copy(media_folder / "film.mp4", copy)
    _origin, put = s3
    put(media_folder / "film.mp4")


@pytest.fixture
def opened(filmed, visit, base, filled, media):
    """The page of a video, after these scripts, and what it asked for and complained of."""
    pages = []

    def opened(name, *scripts):
        page = visit("pages")
        pages.append(page)
        for script in scripts:
            page.add_init_script(script)
        asked, complaints = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda it: complaints.append(it.text) if it.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(base("pages") + filled["pages"][name])
        return page, asked, complaints

    yield opened
    for page in pages:
        page.close()


def of_media(asked, media):
    return [url.removeprefix(media) for url in asked if url.startswith(media)]


@pytest.mark.parametrize(
    ("scripts", "is_streamed", "with_hls_js"),
    [
        pytest.param([NO_HLS], True, True, id="hls.js"),
        pytest.param([NO_HLS, NO_MEDIA_SOURCE], False, True, id="file"),
        pytest.param([], None, False, id="as the browser does"),
    ],
)
def test_a_video_plays_on_click_and_loads_nothing_before(
    opened, media, scripts, is_streamed, with_hls_js
):
    page, asked, complaints = opened("video v-playable", *scripts)
    assert of_media(asked, media) == []
    assert not any("hls" in url for url in asked)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(PLAYS)
    streamed = any(".ts" in url for url in of_media(asked, media))
    if is_streamed is not None:
        assert streamed is is_streamed
        assert any(url.endswith("hls.min.js") for url in asked) is with_hls_js
    assert complaints == []


@pytest.mark.parametrize("scripts", [[NO_HLS], []], ids=["hls.js", "as the browser does"])
def test_a_stream_that_breaks_goes_on_as_the_file(opened, media, scripts):
    page, asked, _ = opened("video v-broken-stream", *scripts)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(PLAYS)
    assert "/film.mp4" in of_media(asked, media)


def test_where_nothing_plays_the_page_says_so(opened):
    page, _, _ = opened("video v-gone", NO_HLS)
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text("It cannot be played here.").wait_for()
    assert page.get_by_role("link", name="Open it at Tavus").is_visible()


def test_it_is_played_with_the_keyboard_alone(opened):
    page, *_ = opened("video v-playable")
    button = page.get_by_role("button", name="Play", exact=True)
    for _ in range(40):
        page.keyboard.press("Tab")
        if button.evaluate("it => it === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_function(PLAYS)
    assert page.evaluate("document.activeElement.tagName") == "VIDEO"


@pytest.mark.parametrize("name", ["c-recorded", "c-in-s3"])
def test_the_recording_plays_and_can_be_sought_in(opened, media, s3, name):
    page, asked, complaints = opened(f"conversation {name}")
    elsewhere = (media, s3[0])
    assert not any(url.startswith(elsewhere) for url in asked)
    page.evaluate("() => document.querySelector('video').play()")
    page.wait_for_function(PLAYS)
    page.evaluate("() => { document.querySelector('video').currentTime = 8 }")
    page.wait_for_function("() => document.querySelector('video').currentTime > 8.5")
    assert any(url.startswith(elsewhere) for url in asked)
    assert complaints == []


def test_the_address_in_the_bucket_is_signed_and_expires(opened, s3):
    page, asked, _ = opened("conversation c-in-s3")
    page.evaluate("() => document.querySelector('video').play()")
    page.wait_for_function(PLAYS)
    signed = next(url for url in asked if url.startswith(s3[0]))
    assert {"X-Amz-Signature", "X-Amz-Expires"} <= dict(parse_qsl(urlsplit(signed).query)).keys()


def test_without_scripts_the_browser_plays_what_it_knows(opened, browser, base, filled):
    context = browser.new_context(java_script_enabled=False)
    cookie = {"name": "sessionid", "value": filled["session"], "url": base("pages")}
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(base("pages") + filled["pages"]["video v-playable"])
    assert page.locator("noscript video[controls] source").count() == 2
    assert not page.get_by_role("button", name="Play", exact=True).is_visible()
    assert page.locator("a[download]").get_attribute("href").endswith("film.mp4")
    context.close()
