"""The page docs/extending.md, and what its snippets are tried with."""

from tests.factories import video
from tests.running import ROOT

PAGE = (ROOT / "docs" / "extending.md").read_text()
READY = video(updated_at="2026-05-14T13:04:22Z")
FAILED = video("v2", status="error", updated_at="2026-05-14T13:04:22Z")
