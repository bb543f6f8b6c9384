"""What the API answers is what its OpenAPI schema says."""

from datetime import datetime
from urllib.parse import quote, urlsplit

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from rest_framework.test import APIClient

from tavus_hooks.models import Callback, Conversation, Video
from tests.api.schema import BY_PERMISSION
from tests.conftest import SAMPLES
from tests.factories import video

FORMATS = FormatChecker(())


@FORMATS.checks("date-time", raises=ValueError)
def is_a_moment(value):
    return value is None or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("uri")
def is_an_address(value):
    return value is None or all(urlsplit(value)[:2])


def closed(shape):
    """The schema, so that no object of it has fields which it does not name."""
    if isinstance(shape, list):
        return [closed(it) for it in shape]
    if not isinstance(shape, dict):
        return shape
    parts = {name: closed(it) for name, it in shape.items()}
    return parts | {"additionalProperties": False} if "properties" in shape else parts


@pytest.mark.django_db
class TestAnswers:
    """Of everything that the samples left in the tables."""

    @pytest.fixture(autouse=True)
    def received(self, receive):
        for file in sorted(SAMPLES.glob("*.json")):
            receive(file.read_bytes())
        receive(b"{", reference="a")
        receive(video(script="word " * 4000))

    @pytest.fixture
    def expect(self, schema):
        """Returns what an address answers; it must be what the schema says."""
        components = closed(schema["components"])

        def expect(client, path, **ids):
            url = path.format(**{name: quote(value, safe="") for name, value in ids.items()})
            answer = client.get(url, {} if ids or "health" in path else {"page_size": "100"})
            operation = schema["paths"][path]["get"]
            content = operation["responses"][str(answer.status_code)]["content"]
            shape = {**content["application/json"]["schema"], "components": components}
            faults = Draft202012Validator(shape, format_checker=FORMATS).iter_errors(answer.json())
            found = [f"{it.json_path}: {it.message[:200]}" for it in faults]
            assert not found, f"{url}: {found}"
            return answer.json()

        return expect

    def rows(self, expect, client, collection, **lookup):
        """All rows of a collection, one by one, each as its own address answers it."""
        [[name, field]] = lookup.items()
        listed = expect(client, f"/tavus/api/{collection}/")["results"]
        assert listed
        path = f"/tavus/api/{collection}/{{{name}}}/"
        return [expect(client, path, **{name: str(row[field])}) for row in listed]

    def everything(self, expect, client):
        for name in ("video", "replica", "document"):
            self.rows(expect, client, f"{name}s", **{f"{name}_id": f"{name}_id"})
        expect(client, "/tavus/health/")
        return {
            "TavusCallbackDetail": self.rows(expect, client, "callbacks", id="id"),
            "TavusConversationDetail": self.rows(
                expect, client, "conversations", conversation_id="conversation_id"
            ),
        }

    def test_those_for_a_superuser_are_what_the_schema_says(self, expect, admin_user):
        client = APIClient()
        client.force_login(admin_user)
        details = self.everything(expect, client)
        for name, rows in details.items():
            assert all(BY_PERMISSION[name] <= row.keys() for row in rows)
        told = details["TavusConversationDetail"]
        for name in ("turns", "recordings", "events", "objectives", "guardrails"):
            assert any(row[name] for row in told), name
        assert expect(client, "/tavus/api/turns/")["results"]

    def test_those_for_a_user_without_transcripts_are_what_the_schema_says(self, expect, login):
        models = ("callback", "video", "replica", "conversation", "document", "recording")
        details = self.everything(expect, login(*(f"view_{model}" for model in models)))
        told = details["TavusConversationDetail"]
        left_out = BY_PERMISSION["TavusConversationDetail"] - {"recordings"}
        assert not any(left_out & row.keys() for row in told)
        recordings = [it for row in told for it in row["recordings"]]
        assert recordings
        assert not any(BY_PERMISSION["TavusRecording"] & it.keys() for it in recordings)
        callbacks = details["TavusCallbackDetail"]
        assert {"payload" in row for row in callbacks} == {True, False}

    def test_what_is_whole_comes_as_a_type_that_the_schema_says(self, operation, admin_user):
        client = APIClient()
        client.force_login(admin_user)
        answers = operation("api/whole/{model}/{id}/{column}/")["responses"]
        callback = Callback.objects.latest("pk")
        video = Video.objects.get(video_id="v1")
        talk = Conversation.objects.exclude(user_turns=None).latest("pk")
        files = [
            f"conversation/{talk.pk}/transcript.{end}"
            for end in ("txt", "md", "json", "vtt", "srt")
        ]
        found = set()
        for url in (f"callback/{callback.pk}/body", f"video/{video.pk}/script", *files):
            for accepted in answers["200"]["content"]:
                answer = client.get(f"/tavus/api/whole/{url}/", headers={"accept": accepted})
                assert answer.status_code == 200, answer.content
                found.add(answer["Content-Type"].partition(";")[0])
        assert found == set(answers["200"]["content"])
        missing = client.get("/tavus/api/whole/video/0/script/", headers={"accept": "text/plain"})
        assert (missing.status_code, missing["Content-Type"]) == (404, "application/json")
