"""Searching for words in what was said, in names and scripts, and for ids."""

from .matching import Cut, Matches, matches, matching
from .results import Found, Hits, search
from .texts import fill, fill_due, fill_if_due, fill_quietly
from .turns import Part, Said, best_turns

__all__ = [
    "Cut",
    "Found",
    "Hits",
    "Matches",
    "Part",
    "Said",
    "best_turns",
    "fill",
    "fill_due",
    "fill_if_due",
    "fill_quietly",
    "matches",
    "matching",
    "search",
]
