"""The words in what a user types. Nothing of it is an operator, to any database."""

from ..db.fulltext import folded, separated

MOST_CHARACTERS = 1000
MOST_WORDS = 16
"""More are left out; a database need not look for all words of a pasted page."""


def words_in(text: str) -> list[str]:
    """As they are typed, without punctuation, each once whatever its case; what stands behind those
    is left out. Words that an underscore joins are one: to MariaDB they are.
    """
    joined = "_".join(map(separated, text[:MOST_CHARACTERS].split("_")))
    found = [word for word in joined.split() if any(map(str.isalnum, word))]
    first: dict[str, str] = {}
    for word in found:
        first.setdefault(folded(word), word)
    return list(first.values())[:MOST_WORDS]
