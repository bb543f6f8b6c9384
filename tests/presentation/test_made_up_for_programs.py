"""A field that presentation/ gains is in the OpenAPI schema and in the export, as it says."""

import json

import pytest
from django.core.management import call_command
from django.test import override_settings

from tavus_hooks import access
from tavus_hooks.models import Callback, Video
from tavus_hooks.presentation import fields, rows
from tavus_hooks.presentation.registry import presentation_of
from tests.factories import video

pytestmark = pytest.mark.django_db

TYPES = {
    fields.Text: {"type": "string"},
    fields.Number: {"type": "integer"},
    fields.Percentage: {"type": "number", "format": "double"},
    fields.Size: {"type": "integer"},
    fields.Moment: {"type": "string", "format": "date-time"},
    fields.Duration: {"type": "number", "format": "double"},
    rows.Owner: {"type": "string"},
}


@pytest.fixture
def made_up(monkeypatch):
    """Add a field to the end of the first section of a model."""

    def made_up(model, kind, value, label="Made up", **options):
        presentation = presentation_of(model)
        first, *others = presentation.sections
        first = first._replace(fields=(*first.fields, kind("made_up", label, **options)))
        monkeypatch.setattr(model, "made_up", property(lambda row: value), raising=False)
        monkeypatch.setattr(type(presentation), "sections", (first, *others))

    return made_up


@pytest.fixture
def shape():
    """What the schema says of videos."""
    generators = pytest.importorskip("drf_spectacular.generators")
    schema = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}

    def shape():
        with override_settings(REST_FRAMEWORK=schema):
            found = generators.SchemaGenerator().get_schema(public=True)
        (name,) = (it for it in found["components"]["schemas"] if it.endswith("Video"))
        return found["components"]["schemas"][name]

    return shape


@pytest.fixture
def line(receive, capsys):
    """A line of the export."""
    receive(video())

    def line():
        call_command("tavus_export")
        return json.loads(capsys.readouterr().out)

    return line


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_the_schema_has_it_with_its_type(made_up, shape, kind):
    made_up(Video, kind, None)
    name = "made_up_seconds" if kind is fields.Duration else "made_up"
    found = shape()
    told = found["properties"][name]
    assert told.items() >= {**TYPES[kind], "nullable": True, "description": "Made up"}.items()
    assert name in found["required"]


def test_the_schema_says_if_a_permission_may_be_lacking(made_up, shape, monkeypatch):
    allowed = {**access.FIELDS, (Video, "secret"): [access.TRANSCRIPT]}
    monkeypatch.setattr(access, "FIELDS", allowed)
    made_up(Video, fields.Text, None, needs="secret")
    found = shape()
    assert "made_up" in found["properties"]
    assert "made_up" not in found["required"]


def test_the_schema_lacks_what_the_api_lacks(made_up, shape):
    made_up(Video, fields.Text, None, in_api=False)
    assert "made_up" not in shape()["properties"]


def test_the_export_has_it_under_its_name_whatever_its_label(made_up, line):
    made_up(Callback, fields.Text, "said", "Called otherwise")
    found = line()
    assert found["made_up"] == "said"
    assert "Called otherwise" not in found


@pytest.mark.parametrize("options", [{"in_api": False}, {"is_detail": True}, {"needs": "body"}])
def test_the_export_lacks_what_lists_of_the_api_lack(made_up, line, options):
    made_up(Callback, fields.Text, "said", **options)
    assert "made_up" not in line()
