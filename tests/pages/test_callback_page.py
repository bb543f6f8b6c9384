"""The page of a callback: its columns, its body, and the receivers that failed."""

from datetime import UTC, datetime

import pytest

from tavus_hooks.models import (
    Conversation,
    Failure,
    Video,
)
from tavus_hooks.signals import video_ready
from tests.factories import shutdown, video
from tests.pages.details import badges, facts, section


def test_a_callback_shows_its_columns(receive, sample, page):
    callback = receive(sample("video.ready"), reference="shop.order:42")

    shown = page(callback)

    columns = facts(shown)
    assert columns["Kind"].text == "video.ready"
    assert columns["Reference"].text == "shop.order:42"
    assert columns["SHA-256"].text == callback.digest
    assert columns["Idempotency key"].text == callback.idempotency_key
    assert columns["About"].one("a").attrs["href"] == Video.objects.get().get_absolute_url()
    for name in ("Occurred", "Received", "Applied to the tables", "Handled"):
        assert columns[name].one("time").attrs["datetime"].endswith("+00:00")


def test_original_and_duplicates_lead_to_each_other(receive, sample, page):
    original, first, second = (receive(sample("system.shutdown")) for _ in range(3))
    receive(sample("system.replica_joined"))

    shown = section(page(original), "Duplicates")
    links = [link.attrs["href"] for link in shown.all("a")]
    assert links == [first.get_absolute_url(), second.get_absolute_url()]
    duplicate = facts(page(first))["Duplicate of"]
    assert duplicate.one("a").attrs["href"] == original.get_absolute_url()


def test_remarks_say_what_could_not_be_used(receive, page):
    callback = receive(video("v", created_at="last Tuesday"))

    assert "created_at: text" in facts(page(callback))["Remarks"].text


def test_what_failed_stands_on_the_page_of_its_callback(receive, sample, page):
    def broken(**kwargs):
        raise RuntimeError("The <b>mail</b> server")

    video_ready.connect(broken, dispatch_uid="shop.mail")
    try:
        callback = receive(sample("video.ready"))
    finally:
        video_ready.disconnect(dispatch_uid="shop.mail")

    failed = section(page(callback), "What failed")

    assert facts(failed)["Receiver"].text == "shop.mail"
    assert facts(failed)["Signal"].text == "video_ready"
    assert facts(failed)["Message"].text == "The <b>mail</b> server"
    assert failed.one("pre").text.startswith("Traceback")


def test_of_many_failures_and_of_what_they_say_the_beginning_is_shown(receive, page):
    callback = receive(video("v"))
    said = {"exception": "shop.Error", "message": "m" * 11_000, "traceback": "t" * 11_000}
    Failure.objects.bulk_create(
        Failure(callback=callback, receiver=f"shop.{number}", **said) for number in range(21)
    )

    failed = section(page(callback), "What failed")

    assert len(failed.all("dl")) == 20
    assert facts(failed)["Exception"].text == "shop.Error"
    assert facts(failed)["Message"].text == "m" * 10_000 + "… All of it"
    assert {pre.text for pre in failed.all("pre")} == {"t" * 10_000 + "…"}


def test_of_a_failure_it_is_told_what_becomes_of_it(receive, page):
    callback = receive(video("v"))
    row = Failure.objects.create(
        callback=callback, receiver="shop.mail", exception="shop.Error", attempts=3
    )

    def told():
        found = facts(section(page(callback), "What failed"))
        names = ("Attempts", "Last seen", "Next attempt at", "Abandoned at", "Acknowledged at")
        return {name: found[name].text for name in names if name in found}

    def at(year):
        return datetime(year, 5, 14, 13, 2, tzinfo=UTC)

    row.last_at, row.next_attempt_at = at(2026), at(2027)
    row.save()
    assert told() == {
        "Attempts": "3",
        "Last seen": "May 14, 2026, 1:02 p.m.",
        "Next attempt at": "May 14, 2027, 1:02 p.m.",
    }
    row.abandoned_at, row.next_attempt_at = at(2028), None
    row.save()
    assert told().keys() == {"Attempts", "Last seen", "Abandoned at"}
    assert told()["Abandoned at"] == "May 14, 2028, 1:02 p.m."
    row.acknowledged_at, row.acknowledged_by = at(2029), "ada"
    row.save()
    assert told()["Acknowledged at"] == "May 14, 2029, 1:02 p.m."
    assert facts(section(page(callback), "What failed"))["Acknowledged by"].text == "ada"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"cut o', '{"cut o'),
        (b"\x1f\x8a\x08 gzip", "00000000 1f 8a 08 20 67 7a 69 70 ... gzip"),
        (b'{"caf\xe9": 1}', '00000000 7b 22 63 61 66 e9 22 3a 20 31 7d {"caf.": 1}'),
        (b"<b>\x00&amp;</b>", "<b>\ufffd&amp;</b>"),
        (b"[" * 5000, "[" * 5000),
    ],
)
def test_what_cannot_be_read_is_shown_as_it_came(body, shown, receive, page):
    callback = receive(body)

    said = section(page(callback), "What it said")

    assert callback.unreadable in said.text
    assert said.one("pre").text == shown


def test_of_a_large_body_that_cannot_be_read_the_beginning_is_shown(receive, page):
    said = section(page(receive("ä" * 500_000)), "What it said")

    assert said.one("pre").text == "ä" * (32 * 1024)
    assert "The first 64.0\xa0KB of 976.6\xa0KB." in said.all("p")[-2].text.replace(" KB", "\xa0KB")


def test_an_empty_body_is_said_to_be_empty(receive, page):
    assert "empty" in section(page(receive(b"")), "What it said").text


def test_large_parts_of_a_payload_are_folded_away(receive, page):
    callback = receive({"few": [1, 2], "many": list(range(50)), "text": "long " * 200})

    said = section(page(callback), "What it said")

    opened = {d.one("summary").text.split()[0]: "open" in d.attrs for d in said.all("details")}
    assert opened == {"few": True, "many": False, "long": False}


def test_a_payload_of_a_hundred_thousand_parts_is_cut_and_says_so(receive, page):
    shown = section(page(receive({"list": [[i] for i in range(50_000)]})), "What it said")

    assert "more are not shown" in shown.text


def test_a_contested_callback_says_so_on_its_page_and_in_lists(receive, page, keep):
    own, contested = (receive(shutdown(), reference=reference) for reference in ("mine", "theirs"))
    assert "another reference" in facts(page(contested))["Contested"].text
    assert "Contested" not in facts(page(own))
    assert badges(section(page(Conversation.objects.get()), "Callbacks")) == [
        *("kept", "contested"),
        "handled",
    ]
