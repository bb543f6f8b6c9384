"""How much one page may show: with its trees and texts it stays below two megabytes.

Each page makes one `Budget`, and everything that it shows takes from that.
"""

from typing import NamedTuple

from django.utils.html import escape

MAX_NODES = 20_000
"""Parts of trees on one page. A transcript of a thousand turns has about half as many."""
MAX_BYTES = 1_000_000
"""Bytes of HTML for trees and texts on one page, and of the largest value in an API answer."""
MAX_ANSWER = 2 * 1024 * 1024
"""Bytes of a whole page or answer."""
MAX_TURNS = 1000
"""Turns of a transcript on one page, or in one answer; a long call has some hundred."""
TURNS_BYTES = 600_000
"""Bytes of HTML that the turns on one page may take."""
TURN_BYTES = 400
"""Bytes of the markup around a turn."""
MAX_EVENTS = 50
"""The most events on one page, or in one answer; each is read with its body."""
MAX_RECORDINGS = 20
MAX_FAILURES = 20
LEAF_BYTES, BRANCH_BYTES = 60, 200
"""Bytes of the markup around a part of a tree without further parts, and around one with some."""
WIDEST = 6
"""The most bytes that one character takes as HTML: a quote takes six."""


class Shown(NamedTuple):
    text: str
    left_out: int
    """Characters."""


class Budget:
    """How much more one page may show."""

    def __init__(self) -> None:
        self.nodes = MAX_NODES
        self.bytes = MAX_BYTES

    def takes(self, size: int) -> bool:
        """Take this many bytes; if fewer are left, take none and return False."""
        if size > self.bytes:
            return False
        self.bytes -= size
        return True

    def takes_node(self, key: str, *, is_branch: bool) -> bool:
        """Take the bytes for one more part of a tree; False if not enough are left."""
        size = html_size(key) + (BRANCH_BYTES if is_branch else LEAF_BYTES)
        if self.nodes == 0 or not self.takes(size):
            return False
        self.nodes -= 1
        return True

    def text(self, text: str) -> Shown:
        """The text, or as much of its beginning as the budget allows."""
        if len(text) <= self.bytes and self.takes(html_size(text)):
            return Shown(text, 0)
        shown = text[: self.bytes // WIDEST]
        self.bytes -= html_size(shown)
        return Shown(shown, len(text) - len(shown))


def html_size(text: str) -> int:
    """How many bytes a text takes as HTML."""
    return len(escape(text).encode("utf-8", "replace"))
