"""Stands for the library `requests` in a project, and for Tavus behind it."""

VIDEO_ID = "1e30440cf9"
asked = {}


class Answer:
    def __init__(self, body):
        self.body = body

    def json(self):
        return self.body


def post(url, *, json, headers, timeout):
    assert url == "https://tavusapi.com/v2/videos"
    assert timeout
    if headers.get("x-api-key") != "the key of the account":
        return Answer({"message": "Invalid access token"})
    missing = {"replica_id", "script", "callback_url"} - json.keys()
    if missing:
        return Answer({"message": f"{missing} must be given"})
    asked.update(json)
    return Answer({"video_id": VIDEO_ID, "status": "queued"})
