"""How much one page may show: with its trees and texts it stays below two megabytes.

Each page makes one `Budget`, and everything that it shows takes from that.
"""

from typing import NamedTuple

from django.utils.html import escape

MAX_NODES = 20_000
"""Parts of trees on one page. A transcript of a thousand turns has about half as many."""
MAX_BYTES = 1_000_000
"""Of HTML, for trees and texts on one page; and of the largest value in an answer of the API."""
MAX_ANSWER = 2 * 1024 * 1024
"""Bytes of a whole page or answer."""
LEAF_BYTES, BRANCH_BYTES = 60, 200
"""Of the markup around a part of a tree that has no further parts, and around one that has."""
WIDEST = 6
"""Bytes that one character takes as HTML at most, as a quote does."""


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
        """Take this many bytes; False where they are not left, and then nothing is taken."""
        if size > self.bytes:
            return False
        self.bytes -= size
        return True

    def takes_node(self, key: str, *, is_branch: bool) -> bool:
        """Take room for one more part of a tree; False where there is none."""
        size = html_size(key) + (BRANCH_BYTES if is_branch else LEAF_BYTES)
        if self.nodes == 0 or not self.takes(size):
            return False
        self.nodes -= 1
        return True

    def text(self, text: str) -> Shown:
        """The text, or as much of its beginning as there is room for."""
        if len(text) <= self.bytes and self.takes(html_size(text)):
            return Shown(text, 0)
        shown = text[: self.bytes // WIDEST]
        self.bytes -= html_size(shown)
        return Shown(shown, len(text) - len(shown))


def html_size(text: str) -> int:
    """How many bytes a text takes as HTML."""
    return len(escape(text).encode("utf-8", "replace"))
