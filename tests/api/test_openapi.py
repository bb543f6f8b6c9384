"""The OpenAPI schema of a host includes the API, without a warning, and says what is answered."""

import sys
from inspect import getdoc

import pytest

from tavus_hooks.api import viewsets
from tests.api.schema import BY_PERMISSION, made
from tests.running import run

OPERATIONS = {
    "tavus_callbacks_list",
    "tavus_callbacks_retrieve",
    "tavus_videos_list",
    "tavus_videos_retrieve",
    "tavus_replicas_list",
    "tavus_replicas_retrieve",
    "tavus_conversations_list",
    "tavus_conversations_retrieve",
    "tavus_documents_list",
    "tavus_documents_retrieve",
    "tavus_turns_list",
    "tavus_whole",
    "tavus_health",
}


@pytest.fixture
def component(schema):
    return lambda name: schema["components"]["schemas"][name]


def operation_ids(schema):
    return [
        operation["operationId"]
        for operations in schema["paths"].values()
        for operation in operations.values()
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        # Each is in one of them. None of a line is there to mend what another breaks.
        {"OAS_VERSION": "3.0.3", "SCHEMA_PATH_PREFIX": "/tavus"},
        {"COMPONENT_SPLIT_REQUEST": True, "OAS_VERSION": "3.0.3", "SORT_OPERATIONS": False},
        {
            "COMPONENT_SPLIT_REQUEST": True,
            "ENFORCE_NON_BLANK_FIELDS": True,
            "OPERATION_ID_METHOD_POSITION": "PRE",
            "SCHEMA_PATH_PREFIX": "/tavus/api",
            "SCHEMA_PATH_PREFIX_TRIM": True,
        },
        {
            "COMPONENT_NO_READ_ONLY_REQUIRED": True,
            "DISABLE_DOCSTRING_DESCRIPTIONS": True,
            "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
        },
    ],
    ids=str,
)
def test_a_host_is_warned_of_nothing_however_it_makes_its_schema(options, tmp_path):
    found = operation_ids(made(tmp_path, **options))
    assert len(set(found)) == len(found)
    assert set(found) >= OPERATIONS


def test_every_address_of_the_api_is_in_it(schema):
    ours = {path for path in schema["paths"] if path.startswith("/tavus/")}
    ids = ["videos/{video_id}", "replicas/{replica_id}", "documents/{document_id}"]
    lists = ["callbacks", "videos", "replicas", "conversations", "documents", "turns"]
    rows = ["callbacks/{id}", "conversations/{conversation_id}", *ids]
    others = ["whole/{model}/{id}/{column}"]
    assert ours == {f"/tavus/api/{path}/" for path in (*lists, *rows, *others)} | {"/tavus/health/"}


def test_a_view_that_a_host_makes_of_one_of_ours_has_a_name_of_its_own(schema):
    operations = schema["paths"]["/my/films/"]
    assert operations["get"]["operationId"] == "my_films_list"


@pytest.mark.parametrize(
    ("name", "number"), [("callbacks", "10,000"), ("turns", "10,000"), ("videos", "1,000")]
)
def test_a_list_says_how_many_of_its_rows_are_looked_through(name, number, schema):
    asked = schema["paths"][f"/tavus/api/{name}/"]["get"]["parameters"]
    [told] = [it["description"] for it in asked if it["name"] == "look_through"]
    assert told.endswith(f": {number} at least and by default.")


def test_every_view_is_described_in_words_of_its_own(schema):
    found = [
        operations["get"].get("description")
        for path, operations in schema["paths"].items()
        if path.startswith("/tavus/") and "_retrieve" not in operations["get"]["operationId"]
    ]
    bases = (viewsets.ReadingView, viewsets.ListingViewSet, viewsets.ReadingViewSet)
    assert len({*found, *map(getdoc, bases), None}) == len(found) + len(bases) + 1 == 8 + 3 + 1


def test_lists_within_a_row_are_described(component):
    lists = ("recordings", "turns", "events", "objectives", "guardrails")
    found = component("TavusConversationDetail")["properties"]
    assert len({found[name]["description"] for name in lists}) == len(lists)


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("api/callbacks/{id}/", "id", {"type": "integer"}),
        ("api/videos/{video_id}/", "video_id", {"type": "string", "pattern": r"^[\s\S]+$"}),
        ("api/whole/{model}/{id}/{column}/", "id", {"type": "integer"}),
        ("api/videos/", "page_size", {"type": "integer"}),
        ("api/videos/", "q", {"type": "string"}),
        ("api/videos/", "status", {"type": "string"}),
        ("api/videos/", "created_at__gte", {"type": "string", "format": "date-time"}),
        ("api/callbacks/", "contested", {"type": "string", "enum": ["false", "true"]}),
        ("api/conversations/", "state", {"type": "string", "enum": ["ended", "live"]}),
        (
            "api/conversations/",
            "ordering",
            {"type": "string", "enum": ["-ended_at", "-joined_at", "ended_at", "joined_at"]},
        ),
    ],
)
def test_a_parameter_has_its_type(path, name, expected, operation):
    [found] = [it for it in operation(path)["parameters"] if it["name"] == name]
    assert found["schema"] == expected


@pytest.mark.parametrize(
    ("name", "field", "expected"),
    [
        ("TavusCallback", "id", {"type": "integer"}),
        ("TavusCallback", "subject", {"type": ["string", "null"], "format": "uri"}),
        ("TavusCallback", "duplicate_of", {"type": ["integer", "null"]}),
        ("TavusCallback", "due_at", {"type": ["string", "null"], "format": "date-time"}),
        ("TavusVideo", "page", {"type": "string", "format": "uri"}),
        ("TavusVideo", "progress", {"type": ["number", "null"], "format": "double"}),
        ("TavusVideo", "time_to_ready_seconds", {"type": ["number", "null"], "format": "double"}),
        (
            "TavusVideo",
            "whole_texts",
            {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}},
        ),
        (
            "TavusVideo",
            "advice",
            {"oneOf": [{"$ref": "#/components/schemas/TavusAdvice"}, {"type": "null"}]},
        ),
        ("TavusConversation", "nobody_spoke", {"type": ["boolean", "null"]}),
        (
            "TavusConversationDetail",
            "turns",
            {"type": "array", "items": {"$ref": "#/components/schemas/TavusTurn"}},
        ),
        ("TavusHealth", "seconds_since_last", {"type": ["integer", "null"]}),
    ],
)
def test_a_field_has_its_type(name, field, expected, component):
    found = component(name)["properties"][field]
    told = ("description", "readOnly", "title")
    assert {key: it for key, it in found.items() if key not in told} == expected


def test_every_field_is_always_there_unless_a_permission_may_be_lacking(schema):
    ours = {it for it in schema["components"]["schemas"] if it.startswith("Tavus")}
    assert len(ours) == 13
    for name in ours:
        shape = schema["components"]["schemas"][name]
        optional = shape["properties"].keys() - shape["required"]
        assert optional == BY_PERMISSION.get(name, set()), name


def test_health_answers_the_same_figures_when_something_is_above_its_limit(operation):
    answers = operation("health/")["responses"]
    assert answers.keys() == {"200", "503"}
    for answer in answers.values():
        shape = answer["content"]["application/json"]["schema"]
        assert shape == {"$ref": "#/components/schemas/TavusHealth"}


def test_what_is_whole_is_a_text_or_bytes(operation):
    answers = operation("api/whole/{model}/{id}/{column}/")["responses"]
    texts = ("text/plain", "text/markdown", "text/vtt", "application/json", "application/x-subrip")
    assert {name: it["schema"] for name, it in answers["200"]["content"].items()} == {
        **{name: {"type": "string"} for name in texts},
        "application/octet-stream": {"type": "string", "format": "binary"},
    }


def test_without_drf_spectacular_nothing_of_it_is_imported():
    script = """
import sys, django
sys.modules["drf_spectacular"] = None
django.setup()
from django.urls import reverse
assert reverse("tavus_hooks:api:video-list") == "/tavus/api/videos/"
assert "tavus_hooks.api.openapi" not in sys.modules
"""
    done = run(sys.executable, "-c", script, DJANGO_SETTINGS_MODULE="project.settings")
    assert done.returncode == 0, done.stderr
