"""docs/kinds.md tells of every kind what the code does."""

import re
import sys
from importlib import import_module
from typing import NamedTuple

import pytest
from django.apps import AppConfig

from tavus_hooks import signals
from tavus_hooks.kinds import UNKNOWN, UNREADABLE, Kind, all_kinds, register, unregister
from tavus_hooks.kinds.families import EVENT
from tavus_hooks.kinds.video import VideoReady
from tavus_hooks.models import Conversation, Document, Recording, Replica, Turn, Video
from tests.conftest import EVERY_SAMPLE, all_signals
from tests.factories import video
from tests.robustness.shapes import main_samples
from tests.running import ROOT

PAGE = ROOT / "docs" / "kinds.md"
DERIVED = (Conversation, Document, Recording, Replica, Turn, Video)


class Row(NamedTuple):
    kind: str
    means: str
    changes: str
    identity: str
    signal: str


def rows() -> dict[str, Row]:
    """The rows of the page's table, by the name of the kind."""
    lines = PAGE.read_text().partition("\n## Bodies and columns\n")[0].splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("| `")
    ]
    crooked = [line for line in cells if len(line) != len(Row._fields)]
    assert not crooked, f"docs/kinds.md: give these rows five cells: {crooked}"
    return {name.strip("`"): Row(name, *others) for name, *others in cells}


def quoted(cell: str) -> set[str]:
    return set(cell.split("`")[1::2])


def test_every_kind_has_a_row_and_no_row_is_about_nothing():
    known = {kind.name for kind in all_kinds()} | {UNKNOWN.name, UNREADABLE}
    assert set(rows()) == known, (
        "The table of docs/kinds.md and tavus_hooks/kinds/ differ: give each kind one row, and "
        f"remove those of kinds that are gone. {set(rows()) ^ known}"
    )


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.name)
def test_the_signal_of_a_kind_stands_in_its_row(kind):
    row = rows()[kind.name]
    signal = kind.signal.name if kind.signal else "none"
    assert signal in {*quoted(row.signal), row.signal}, (
        f"docs/kinds.md: the last cell of {row.kind} has to name {signal}."
    )


def test_a_signal_stands_only_in_the_rows_of_kinds_that_send_it():
    every = {signal.name for signal in all_signals()} - {"callback_received"}
    sent = {(kind.name, kind.signal.name) for kind in all_kinds() if kind.signal}
    told = {(name, signal) for name, row in rows().items() for signal in quoted(row.signal) & every}
    assert told == sent, f"docs/kinds.md: repair the last cell of these rows: {told ^ sent}"


@pytest.mark.parametrize("signal", all_signals(), ids=lambda signal: signal.name)
def test_every_signal_stands_in_some_row(signal):
    assert any(signal.name in quoted(row.signal) for row in rows().values()), (
        f"docs/kinds.md: no row names `{signal.name}`. If a new kind sends it, set the kind's "
        "`signal` and give the kind a row; if nothing sends it, remove it from tavus_hooks.signals."
    )


@pytest.mark.parametrize("row", rows().values(), ids=lambda row: row.kind)
def test_every_cell_says_something(row):
    assert all(row), f"docs/kinds.md: the row of {row.kind} has an empty cell."


@pytest.mark.django_db
@pytest.mark.parametrize("row", rows().values(), ids=lambda row: row.kind)
def test_the_tables_that_a_kind_changes_are_those_of_its_row(receive, row):
    for path in EVERY_SAMPLE:
        if path.stem.split("__")[0] == row.kind.strip("`"):
            receive(path.read_bytes())
    changed = {model.__name__ for model in DERIVED if model.objects.exists()}
    assert changed == quoted(row.changes), (
        f"docs/kinds.md: the samples of {row.kind} fill {changed or 'no table'}; say so in the "
        "third cell, or add the sample that fills what it says."
    )


@pytest.fixture
def garden(tmp_path, monkeypatch):
    """A host's app made of the two examples of the page; gone afterwards, and its kind with it."""
    folder = tmp_path / "garden"
    folder.mkdir()
    (folder / "__init__.py").touch()
    for block in PAGE.read_text().split("```python\n")[1:]:
        code = block.partition("```")[0]
        (folder / code.splitlines()[0].removeprefix("# ")).write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    known = all_kinds()
    before = set(all_signals())
    yield AppConfig.create("garden")
    for kind in all_kinds():
        unregister(kind.name)
    for kind in known:
        register(type(kind))
    assert set(all_signals()) == before, "a signal of one's own has no place in tavus_hooks.signals"
    for name in [name for name in sys.modules if name.split(".")[0] == "garden"]:
        del sys.modules[name]


@pytest.mark.django_db
class TestKindsOfYourOwn:
    def test_before_it_is_registered_its_sample_is_of_no_known_kind(self, receive, sample):
        assert receive(sample("unknown")).kind == "unknown"

    def test_a_kind_registered_when_the_app_is_ready_takes_its_callbacks(
        self, garden, receive, sample, announced
    ):
        garden.ready()
        heard = []

        def listener(**kwargs):
            heard.append(kwargs)

        import_module("garden.kinds").weather_changed.connect(listener)
        first = receive(sample("unknown"))
        second = receive(sample("unknown"))
        assert first.kind == "application.weather_changed"
        assert first.occurred_at.isoformat() == "2026-05-14T13:08:00+00:00"
        assert second.duplicate_of_id == first.pk
        assert [told["weather"] for told in heard] == ["sun"]
        assert heard[0]["conversation_id"] == "c4f1d07e2b9a6358"
        assert heard[0]["callback"].pk == first.pk
        [received] = announced
        assert received["signal"] == "callback_received"
        assert received["weather"] == "sun"

    def test_the_kinds_of_the_app_still_take_theirs(self, garden, receive, sample):
        garden.ready()
        assert receive(sample("video.ready")).kind == "video.ready"
        assert receive(sample("system.shutdown")).kind == "system.shutdown"

    def test_a_kind_of_the_same_name_replaces_the_one_of_the_app(self, garden, receive, sample):
        @register
        class OtherVideoReady(Kind):
            name = "video.ready"
            signal = signals.video_updated

            def matches(self, payload):
                return payload.text("status") == "ready"

        callback = receive(sample("video.ready"))
        assert callback.kind == "video.ready"
        assert not Video.objects.exists()

    @pytest.mark.parametrize("name", main_samples())
    def test_yours_is_asked_before_those_of_the_app_and_the_last_of_yours_first(
        self, garden, receive, name
    ):
        def take(own):
            @register
            class Own(Kind):
                name = own

                def matches(self, payload):
                    return True

        def kind():
            return receive(main_samples()[name]).kind

        take("first")
        assert kind() == "first"
        take("last")
        assert kind() == "last"
        unregister("last")
        assert kind() == "first"
        unregister("first")
        assert kind() == name

    def test_yours_is_asked_first_whatever_it_claims_and_the_last_before_the_others(
        self, garden, receive, sample
    ):
        def kind_after_registering(own, claims):
            register(
                type("Own", (Kind,), {"name": own, "claims": claims, "matches": lambda *_: True})
            )
            return receive(sample("system.shutdown")).kind

        assert kind_after_registering("family", (EVENT,)) == "family"
        assert kind_after_registering("all", ()) == "all"
        assert kind_after_registering("family again", (EVENT,)) == "family again"
        assert kind_after_registering("another type", ("system.other",)) == "family again"

    def test_one_that_claims_an_event_type_need_not_say_what_it_matches(self, garden, receive):
        register(type("Own", (Kind,), {"name": "own", "claims": ("garden.watered",)}))
        assert receive({"event_type": "garden.watered"}).kind == "own"
        assert receive({"event_type": "garden.mown"}).kind == "unknown"

    def test_one_that_claims_a_text_and_no_tuple_is_refused(self, garden, receive):
        with pytest.raises(TypeError, match=r"write \('garden.watered',\)"):
            register(type("Own", (Kind,), {"name": "own", "claims": "garden.watered"}))
        assert receive({"event_type": "garden"}).kind == "unknown"

    @pytest.mark.parametrize(
        ("more", "error", "told"),
        [
            ({}, ValueError, "Own has no name: write name = 'garden.watered'"),
            ({"name": ""}, ValueError, "Own has no name: write name = 'garden.watered'"),
            ({"name": 7}, TypeError, "The name of Own is no text: write name = 'garden.watered'"),
            ({"name": "x" * 65}, ValueError, "Own has 65 characters: write 64 or fewer"),
            (
                {"name": "own", "duplicate_policy": "always"},
                TypeError,
                "The duplicate_policy of own is 'always': write DuplicatePolicy.SAME_TIME or ",
            ),
        ],
        ids=["no name", "empty name", "number", "long name", "policy"],
    )
    def test_one_that_no_callback_could_be_stored_with_is_refused(
        self, garden, receive, more, error, told
    ):
        taken = {"claims": ("garden.watered",), **more}
        with pytest.raises(error, match=re.escape(told)):
            register(type("Own", (Kind,), taken))
        assert receive({"event_type": "garden.watered"}).kind == "unknown"

    def test_one_with_the_longest_name_takes_its_callbacks(self, garden, receive):
        register(type("Own", (Kind,), {"name": "x" * 64, "claims": ("garden.watered",)}))
        assert receive({"event_type": "garden.watered"}).kind == "x" * 64

    def test_one_derived_from_a_kind_of_the_app_is_asked_before_that(self, garden, receive):
        @register
        class Dubbed(VideoReady):
            name = "video.dubbed"

            def matches(self, payload):
                return super().matches(payload) and payload.get("dubbed") is not None

        assert receive(video(dubbed="de")).kind == "video.dubbed"
        assert receive(video()).kind == "video.ready"

    def test_one_that_raises_in_matches_takes_no_other_callback_its_kind(
        self, garden, receive, announced, caplog
    ):
        """It is asked of every callback: a video has no event type."""

        @register
        class Hasty(Kind):
            name = "hasty"

            def matches(self, payload):
                return payload.get("event_type").startswith("garden.")

        callback = receive(video())
        assert callback.kind == "video.ready"
        assert "the kind hasty failed" in callback.remarks
        assert "AttributeError" in caplog.text
        assert "video_ready" in [heard["signal"] for heard in announced]

    def test_a_kind_that_raises_loses_no_callback(self, garden, receive, sample, caplog):
        @register
        class Broken(Kind):
            name = "broken"

            def matches(self, payload):
                return True

            def identity(self, payload):
                raise LookupError("not what it expected")

        body = sample("video.ready")
        callback = receive(body)
        assert bytes(callback.body) == body
        assert callback.kind == ""
        assert "LookupError" in caplog.text
