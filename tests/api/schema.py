"""The OpenAPI schema of a host."""

import json

from tests.running import manage

SITE = {
    "DATABASE_URL": "sqlite://:memory:",
    "DJANGO_SETTINGS_MODULE": "tests.api.site.settings",
}
BY_PERMISSION = {
    "TavusCallbackDetail": {"error", "payload", "body_base64", "body"},
    "TavusConversationDetail": {
        "perception_analysis",
        "perception_unavailable",
        "turns",
        "turns_url",
        "transcript_files",
        "recordings",
        "events",
        "objectives",
        "guardrails",
    },
    "TavusRecording": {"bucket_name", "s3_key", "storage_uri", "media"},
}


def made(folder, **options):
    """The schema of the host; the command must end without a warning."""
    file = folder / "schema.json"
    command = ("spectacular", "--fail-on-warn", "--validate", "--format", "openapi-json")
    done = manage(*command, "--file", str(file), **SITE, SPECTACULAR=json.dumps(options))
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Warning" not in said, said
    assert "Error" not in said, said
    return json.loads(file.read_text())
