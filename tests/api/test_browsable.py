"""The browsable pages make links of what a browser may follow, and of nothing else."""

import json
from html.parser import HTMLParser

import pytest
from rest_framework.renderers import BrowsableAPIRenderer

from tests.factories import video

REFUSED = [
    "https://tavus.io@evil.example/x",
    "https://user:password@evil.example/",
    "https://tavus.io\\@evil.example/",
    "https:\\\\evil.example",
    "javascript:alert(1)//https://tavus.io",
    "http://evil.example:99999/",
    "http://[::1",
    "https://",
    "https://a b.example/",
    "https://a\u202eb.example/",
    "www.evil.example",
    "evil.example.com",
    "somebody@evil.example",
    "see https://evil.example/ for more",
    '"https://evil.example/',
    "https://evil.example/\"onclick='x'",
]

pytestmark = pytest.mark.django_db


class Links(HTMLParser):
    """The `href` of every link within the answer's own text, and that text."""

    def __init__(self):
        super().__init__()
        self.found, self.text, self.depth = [], "", 0

    def handle_starttag(self, tag, attrs):
        if tag == "pre":
            self.depth += 1
        if tag == "a" and self.depth:
            self.found.append(dict(attrs))

    def handle_endtag(self, tag):
        self.depth -= tag == "pre"

    def handle_data(self, data):
        self.text += data if self.depth else ""


@pytest.fixture
def shown(reader):
    def shown(path):
        answer = reader.get(f"/tavus/api/{path}", headers={"accept": "text/html"})
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/html")
        links = Links()
        links.feed(answer.content.decode())
        return links

    return shown


@pytest.mark.parametrize("url", REFUSED)
def test_no_address_that_a_browser_had_better_not_follow_is_a_link(url, shown, receive):
    receive(video(hosted_url=url, video_name=url))
    for path in ("videos/", "videos/v1/", "callbacks/", "callbacks/?q=v1"):
        for link in shown(path).found:
            assert link["href"].startswith("http://testserver/tavus/"), link


def test_a_safe_address_is_a_link_that_tells_nothing_of_where_it_was(shown, receive):
    url = "https://stream.example.com/a.m3u8?b=c&d=%20e#f"
    receive(video(stream_url=url))
    [link] = [it for it in shown("videos/v1/").found if "stream.example.com" in it["href"]]
    assert link == {"href": url, "rel": "noopener noreferrer nofollow"}


def test_the_links_of_the_app_itself_lead_on(shown, reader, receive):
    receive(video())
    hrefs = [link["href"] for link in shown("videos/v1/").found]
    assert len(hrefs) == 3
    for href in hrefs[:1] + hrefs[2:]:
        assert reader.get(href).status_code == 200


def test_what_is_read_on_the_page_is_what_the_json_says(shown, reader, receive):
    said = 'a@b.example <b>"&amp; http://x.example\\ \n'
    receive(video(video_name=said))
    text = shown("videos/v1/").text
    row = json.loads(text[text.index("{\n") :])
    assert row == reader.get("/tavus/api/videos/v1/").json()
    assert row["video_name"] == said


class Theirs(BrowsableAPIRenderer):
    """A host's own."""

    def get_content(self, *args):
        return super().get_content(*args) + "\n// of the shop, https://x@evil.example"


@pytest.mark.parametrize(
    "renderers",
    [[f"{__name__}.Theirs"], ["rest_framework.renderers.AdminRenderer"]],
    ids=["a host's own", "the one of Django REST framework that is called admin"],
)
def test_no_other_renderer_of_the_host_makes_unsafe_links(renderers, settings, reader, receive):
    receive(video(hosted_url=REFUSED[0]))
    settings.REST_FRAMEWORK = {"DEFAULT_RENDERER_CLASSES": renderers}
    answer = reader.get("/tavus/api/videos/v1/", headers={"accept": "text/html, */*"})
    assert answer.status_code == 200
    assert ('href="https://tavus.io@' in answer.content.decode()) is False
    assert 'href="https://x@' not in answer.content.decode()
