"""What separates words, and which words are the same but for their case."""

import unicodedata


class _Separated(dict[int, str | int]):
    """For `str.translate()`: itself for what words consist of, and a space for all else. It is
    filled as characters come up.
    """

    def __missing__(self, code: int) -> str | int:
        self[code] = code if _is_of_word(chr(code)) else " "
        return self[code]


_SEPARATED = _Separated()


def separated(text: str) -> str:
    """The text with a space for each character that is of no word; as long as the text."""
    return text.translate(_SEPARATED)


def folded(text: str) -> str:
    """Equal for texts that differ in case alone. It can be longer than the text.

    Each character counts by itself: `lower()` gives a sigma by what stands around it. The dot of a
    capital İ is left out, as most databases do.
    """
    return text.casefold().replace("i\u0307", "i")


def spellings(word: str) -> list[str]:
    """The word as a database has to be asked for it that changes each character by itself to lower
    case: more than one where it cannot know that two letters are the same.
    """
    lower = {word.lower(), word.upper().lower(), folded(word)}
    return [word, *sorted(lower - {word})] if len(lower) > 1 else [word]


def cases(word: str) -> list[str]:
    """How the word may be written, for a database that compares texts as they are."""
    written = [*spellings(word), word.lower(), word.upper(), word.capitalize()]
    return list(dict.fromkeys(written)) if not word.isascii() else [word]


def _is_of_word(character: str) -> bool:
    # Signs that go with a letter are no letters to Python, but are to most databases.
    return character.isalnum() or unicodedata.category(character)[0] == "M"
