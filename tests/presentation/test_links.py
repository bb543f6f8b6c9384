"""The gate for links from payloads."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tavus_hooks.presentation.links import MAX_LENGTH, safe_url


@pytest.mark.parametrize(
    "url",
    [
        "https://videos.tavus.io/video/1e30440cf9",
        "http://example.com",
        "HTTPS://EXAMPLE.COM/",
        "https://stream.mux.com/abc/high.mp4?download=1e30440cf9",
        "https://example.com:8443/a/b;c?d=e&f=%20#g",
        "https://example.com/a@b?c=@d#@e",
        "https://example.com/%00%0d%0a",
        "https://example.com/it's(here)",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[2001:db8::1]:8443/",
        "https://xn--exmple-cua.com/",
        "https://exämple.com/größe/😀",
    ],
)
def test_a_link_to_the_web_passes_unchanged(url):
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript://example.com/%0aalert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
        "vbscript:msgbox(1)",
        "data:text/html,<script>alert(1)</script>",
        "data:text/html;base64,PHA+",
        "blob:https://example.com/1",
        "file:///etc/passwd",
        "ftp://example.com/",
        "mailto:ada@example.com",
        "s3://bucket/key",
        "view-source:https://example.com",
        "httpss://example.com",
        "http+unix://example.com",
    ],
)
def test_no_other_scheme_passes(url):
    assert safe_url(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "/relative/path",
        "//example.com/",
        "https:example.com",
        "https:/example.com",
        "https:///example.com",
        "https://",
        "https://:443/",
        "https://?q",
        "https://#f",
    ],
)
def test_a_link_without_scheme_or_host_is_refused(url):
    assert safe_url(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://:@example.com/",
        "https://@example.com/",
        "https://example.com@evil.example/",
        "https://example.com:443@evil.example/",
    ],
)
def test_a_link_with_user_or_password_is_refused(url):
    assert safe_url(url) == ""


@pytest.mark.parametrize(
    "url", ["{}https://example.com/", "https://exam{}ple.com/", "https://example.com/{}"]
)
def test_white_space_and_control_characters_are_refused_wherever_they_stand(url):
    chars = [*map(chr, range(0x21)), "\x7f", "\x85", "\xa0", "\u2028", "\u3000"]
    assert [char for char in chars if safe_url(url.format(char))] == []


@pytest.mark.parametrize(
    "url",
    [
        "https:\\\\example.com",
        "https://example.com\\@evil.example/",
        "https://evil.example\\.example.com/",
        "https://example.com/\\",
        "http:/\\evil.example",
    ],
)
def test_backslashes_are_refused(url):
    assert safe_url(url) == ""


@pytest.mark.parametrize(
    "port", ["0", "65536", "99999999999999999999", "-1", "+80", "abc", "\uff18\uff10", "8_0"]
)
def test_a_port_that_is_none_is_refused(port):
    assert safe_url(f"https://example.com:{port}/") == ""
    assert safe_url(f"https://[::1]:{port}/") == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://[::1",
        "https://::1]/",
        "https://[zz::1]/",
        "https://[]/",
        "https://a]b[c/",
        "https://0[::1]/",
        "https://[::1]0/",
    ],
)
def test_a_broken_ipv6_address_is_refused(url):
    assert safe_url(url) == ""


@pytest.mark.parametrize("char", ["\u2100", "\u2048", "\uff03", "\uff1a", "\uff20", "\uff0f"])
def test_a_host_that_hides_a_delimiter_in_one_character_is_refused(char):
    assert safe_url(f"https://example.com{char}evil.example/") == ""


LETTERS = st.text("abcxyzABCXYZ0189ßäé漢", min_size=1, max_size=12)
HOSTS = (
    st.lists(LETTERS, min_size=1, max_size=4).map(".".join)
    | st.ip_addresses(v=4).map(str)
    | st.ip_addresses(v=6).map("[{}]".format)
)
PORTS = st.sampled_from(["", ":", ":1", ":080", ":443", ":65535"]) | st.integers(1, 65535).map(
    ":{}".format
)
SHOWING = st.characters(exclude_characters=" \\").filter(str.isprintable)
TEXTS = st.text(SHOWING, max_size=40)
RESTS = st.just("") | st.tuples(st.sampled_from("/?#"), TEXTS).map("".join)
SCHEMES = st.sampled_from(["http", "https", "HTTP", "hTTpS"])
VALID = st.tuples(SCHEMES, st.just("://"), HOSTS, PORTS, RESTS)

NOT_SHOWING = st.characters(exclude_categories=[]).filter(lambda it: not it.isprintable())
REFUSED = NOT_SHOWING | st.sampled_from(" \\\t\n\r\0\x7f\xa0\u2028\u202e\ud800")
USERS = st.tuples(TEXTS.filter(lambda it: not set(it) & set("/?#")), st.just("@")).map("".join)
WRONG = {
    0: st.sampled_from(["", "ftp", "httpx", "javascript", "ws", "https+x", "h", "file"]),
    1: st.sampled_from(["", ":", "//", ":/", ":///", "/"]),
    2: st.just("")
    | st.tuples(USERS, HOSTS).map("".join)
    | st.sampled_from(["[", "[::1", "::1]", "[::1]x", "[v]", "[1.2.3.4]", "a\u2100b", "a\uff0fb"]),
    3: st.sampled_from([":0", ":-1", ":65536", ":99999999", ":x", ":1x", ":8_0", ":+1", ":\u0661"]),
}
"""What makes a link none, put in the place of one part of it."""


@given(VALID.map("".join))
def test_whatever_is_a_plain_link_passes_unchanged(url):
    assert safe_url(url) == url


@given(VALID, st.data())
def test_a_plain_link_of_which_one_part_is_wrong_is_refused(parts, data):
    place = data.draw(st.sampled_from(sorted(WRONG)))
    wrong = [*parts[:place], data.draw(WRONG[place]), *parts[place + 1 :]]
    assert safe_url("".join(wrong)) == ""


@given(VALID.map("".join), st.data())
def test_a_plain_link_with_one_character_that_does_not_show_is_refused(url, data):
    place = data.draw(st.integers(0, len(url)))
    assert safe_url(url[:place] + data.draw(REFUSED) + url[place:]) == ""


def test_a_link_is_no_longer_than_it_may_be():
    longest = "https://example.com/".ljust(MAX_LENGTH, "x")
    assert safe_url(longest) == longest
    assert safe_url(f"{longest}x") == ""


PIECES = st.sampled_from(
    [
        *["http", "https", "javascript", "example.com", "::1", "v1.", "80", "//", "%00"],
        *":/\\@[]?#%.ß \t\n\r\x00\x85\u2028\u2100\uff0e\u202e\ud800",
    ]
)
PLAIN = re.compile(
    r"https?://(\[[0-9a-fA-FvV:.]+\]|[^][/?#@:]+)(:[0-9]*)?([/?#]\S*)?", re.IGNORECASE
)


@st.composite
def edited(draw):
    """A plain link of which a piece was replaced by something else."""
    url = "".join(draw(VALID))
    start = draw(st.integers(0, len(url)))
    end = draw(st.integers(start, min(start + 3, len(url))))
    return url[:start] + draw(PIECES | st.just("")) + url[end:]


@given(st.text(st.characters(exclude_categories=[])) | st.lists(PIECES).map("".join) | edited())
def test_no_text_makes_it_raise_and_what_passes_is_a_plain_link(text):
    url = safe_url(text)

    assert url in ("", text)
    if url:
        assert PLAIN.fullmatch(url)
        assert url.isprintable()
        assert not set(url) & set(" \\")


@pytest.mark.parametrize("char", ["\x80", "\x9b", "\ud800", "\u202e", "\u200b", "\u2066"])
def test_characters_that_do_not_show_are_refused(char):
    assert safe_url(f"https://example.com/{char}") == ""
