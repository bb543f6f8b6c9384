"""A field that presentation/ gains shows up on pages, in the admin and in the API, as it says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tavus_hooks import access
from tavus_hooks.models import Callback, Conversation, FailureGroup, Recording, Turn, Video
from tavus_hooks.models.explain import Advice as Said
from tavus_hooks.presentation import badges, failure_group, fields, media, rows, states
from tavus_hooks.presentation import transcript as transcript_module
from tavus_hooks.presentation import video as video_module
from tavus_hooks.presentation.base import Section
from tavus_hooks.presentation.registry import presentation_of
from tests.factories import shutdown, video
from tests.presentation.people import person

pytestmark = pytest.mark.django_db

AT = datetime(2026, 5, 14, 13, 2, tzinfo=UTC)
VALUES = {
    fields.Text: ("<b>said</b>", "&lt;b&gt;said&lt;/b&gt;", "<b>said</b>"),
    fields.Prose: ("two\nlines", "two\nlines", "two\nlines"),
    fields.Preformatted: ("two\n  lines", "two\n  lines", "two\n  lines"),
    fields.Id: ("x1", "<code>x1</code>", "x1"),
    fields.Link: ("https://example.org/x", 'href="https://example.org/x"', "https://example.org/x"),
    fields.Moment: (AT, "May 14, 2026, 1:02 p.m.", "2026-05-14T13:02:00Z"),
    fields.Duration: (timedelta(seconds=72), "1 min 12 s", 72),
    fields.Seconds: (3725.25, "3725.25 s", 3725.25),
    fields.Number: (7, "7", 7),
    fields.Percentage: (40.0, "40 %", 40),
    fields.Size: (2048, "2.0", 2048),
    fields.Json: ({"deep": {"er": 1}}, '<span class="tavus-key">er</span>', {"deep": {"er": 1}}),
    fields.Advice: (Said("code", "Do it."), "Do it.", {"code": "code", "advice": "Do it."}),
    fields.Reference: ("shop.order:1", "shop.order:1", "shop.order:1"),
    fields.Key: ("0123abcd", "<code>0123abcd</code> not in the settings", "0123abcd"),
    fields.Choice: ("word", "In words", "word"),
    rows.Row: ("r9", "<code>r9</code>", "r9"),
    rows.Original: (12, ">#12</a>", "12"),
    rows.Owner: (Video(pk=12, video_id="v12"), ">v12</a>", "v12"),
    states.Status: ("word", ">ready</span>", "word"),
}
"""By class: a value, how pages and admin show it, and what the API gives."""
IN_A_ROW = [it for it in VALUES if not it.is_wide]
"""Those that a list can show."""
OF_ONE_MODEL = {
    rows.About: (Callback, "subject_id"),
    rows.WithdrawalRow: (Callback, "withdrawal"),
    states.Meaning: (Callback, "meaning"),
    states.Shutdown: (Conversation, "shutdown"),
    video_module.OtherProgress: (Video, "generation_progress"),
    transcript_module.ToolCalls: (Turn, "tool_calls"),
    media.Media: (Recording, "media"),
    media.Connecting: (Recording, "connecting"),
    failure_group.Those: (FailureGroup, "number"),
    failure_group.Marking: (FailureGroup, "marking"),
}
"""Those that read more of the row than one attribute: no other model can have them."""


@pytest.fixture
def made_up(monkeypatch):
    """Add a field to videos, at the end of their first section and of their list."""
    presentation = presentation_of(Video)
    sections = presentation.sections

    def made_up(kind, value, label="Made up", *, listed=False, **options):
        monkeypatch.setattr(Video, "made_up", property(lambda video: value), raising=False)
        in_words = lambda video: "In words"  # noqa: E731
        monkeypatch.setattr(Video, "get_made_up_display", in_words, raising=False)
        first, *others = sections
        if kind is rows.Row:
            options["of"] = "replica"
        field = kind("made_up", label, **options)
        first = Section(first.name, first.title, (*first.fields, field), first.is_folded)
        monkeypatch.setattr(type(presentation), "sections", (first, *others))
        columns = ("made_up",) if listed else ()
        monkeypatch.setattr(type(presentation), "columns", ("status", *columns))

    return made_up


@pytest.fixture
def html(admin_client, receive):
    """The page of the video in both interfaces with HTML, or its list."""
    receive(video())

    def html(client=admin_client, *, listed=False):
        pk = Video.objects.get().pk
        paths = (
            ("/tavus/videos/", "/admin/tavus_hooks/video/")
            if listed
            else (f"/tavus/videos/{pk}/", f"/admin/tavus_hooks/video/{pk}/change/")
        )
        return {path: client.get(path).text for path in paths}

    return html


def test_every_kind_of_value_is_tried():
    def kinds(of):
        for kind in of.__subclasses__():
            yield kind
            yield from kinds(kind)

    ours = {it for it in kinds(fields.Field) if it.__module__.startswith("tavus_hooks.")}
    assert ours == VALUES.keys() | OF_ONE_MODEL.keys()


@pytest.mark.parametrize("kind", OF_ONE_MODEL, ids=lambda kind: kind.__name__)
def test_a_kind_of_one_model_stands_in_its_presentation(kind):
    model, name = OF_ONE_MODEL[kind]
    assert type(presentation_of(model).fields[name]) is kind


@pytest.mark.parametrize("kind", [rows.About, states.Meaning, states.Shutdown])
def test_another_label_of_such_a_kind_is_read_everywhere(admin_client, receive, monkeypatch, kind):
    receive(shutdown())
    model, name = OF_ONE_MODEL[kind]
    presentation = presentation_of(model)

    def renamed(field):
        return replace(field, label="Called otherwise") if field.name == name else field

    sections = tuple(
        section._replace(fields=tuple(map(renamed, section.fields)))
        for section in presentation.sections
    )
    row = model.objects.get()
    admin = f"/admin/tavus_hooks/{model._meta.model_name}/{row.pk}/change/"
    for path in (row.get_absolute_url(), admin):
        assert "Called otherwise" not in admin_client.get(path).text, path
    monkeypatch.setattr(type(presentation), "sections", sections)
    for path in (row.get_absolute_url(), admin):
        assert "Called otherwise" in admin_client.get(path).text, path


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_a_field_shows_up_everywhere(made_up, html, admin_client, kind):
    value, shown, in_api = VALUES[kind]
    made_up(kind, value)
    for path, text in html().items():
        assert "Made up" in text, path
        assert shown in text.partition("Made up")[2], path
    name = "made_up_seconds" if issubclass(kind, fields.Duration) else "made_up"
    for path in ("/tavus/api/videos/v1/", "/tavus/api/videos/"):
        answer = admin_client.get(path).json()
        (row,) = answer.get("results", [answer])
        assert row[name] == in_api, path


@pytest.mark.parametrize("kind", IN_A_ROW, ids=lambda kind: kind.__name__)
def test_a_list_shows_it_as_well(made_up, html, kind):
    value, shown, _ = VALUES[kind]
    made_up(kind, value, listed=True)
    for path, text in html(listed=True).items():
        assert "Made up" in text, path
        assert shown in text.partition("Made up")[2], path


def test_another_label_is_read_everywhere(made_up, html):
    made_up(fields.Number, 7, "Called otherwise")
    for path, text in html().items():
        assert "Called otherwise" in text, path
        assert "Made up" not in text, path


def test_without_a_value_there_is_nothing_unless_a_dash_says_so(made_up, html):
    made_up(fields.Number, None)
    assert not any("Made up" in text for text in html().values())
    made_up(fields.Number, None, always=True)
    assert all("Made up" in text for text in html().values())


def test_who_lacks_the_permission_sees_it_nowhere(made_up, html, monkeypatch):
    allowed = {**access.FIELDS, (Video, "secret"): [access.TRANSCRIPT]}
    monkeypatch.setattr(access, "FIELDS", allowed)
    made_up(fields.Text, "said in confidence", needs="secret", listed=True)
    for sees, codenames in ((False, ()), (True, ("view_transcript",))):
        client = person("view_video", *codenames, is_staff=True)
        for listed in (False, True):
            for path, text in html(client, listed=listed).items():
                assert ("said in confidence" in text) is sees, path
        for path in ("/tavus/api/videos/v1/", "/tavus/api/videos/"):
            assert ("said in confidence" in client.get(path).text) is sees, path


def test_another_tone_colours_every_badge(html, monkeypatch):
    another = {**badges._BADGES, Video: lambda video: badges.Badge("changed", badges.BAD)}
    monkeypatch.setattr(badges, "_BADGES", another)
    for listed in (False, True):
        for path, text in html(listed=listed).items():
            assert 'class="tavus-badge tavus-bad"' in text, path
            assert "changed</span>" in text, path


def test_a_host_may_show_a_kind_of_value_otherwise(made_up, html, settings, tmp_path):
    path = tmp_path / "tavus_hooks/components/values/percentage.html"
    path.parent.mkdir(parents=True)
    path.write_text("{{ fact.label }}: all but {{ fact.value }}")
    made_up(fields.Percentage, 40.0, listed=True)
    (engine,) = settings.TEMPLATES
    for listed in (False, True):
        assert not any("all but" in text for text in html(listed=listed).values())
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path, *engine["DIRS"]]}]
    for listed in (False, True):
        for path, text in html(listed=listed).items():
            assert "Made up: all but 40.0" in text, path
