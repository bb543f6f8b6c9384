"""The words in what a user types. Nothing of it is an operator, to any database."""

import unicodedata

MOST_CHARACTERS = 1000
MOST_WORDS = 16
"""More are left out; a database need not look for all words of a pasted page."""


def words_in(text: str) -> list[str]:
    """In lower case, without punctuation, each once; what stands behind those is left out."""
    spaced = "".join(it if _is_of_word(it) else " " for it in text[:MOST_CHARACTERS].lower())
    found = [word for word in spaced.split() if any(map(str.isalnum, word))]
    return list(dict.fromkeys(found))[:MOST_WORDS]


def _is_of_word(character: str) -> bool:
    # Signs that go with a letter are no letters to Python, but are to most databases.
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"
