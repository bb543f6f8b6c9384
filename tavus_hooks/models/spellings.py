"""The bytes by which the database finds bodies that hold a text, in any spelling."""

from collections.abc import Collection


def patterns_of(texts: Collection[str]) -> set[bytes]:
    """Every body that holds one of the texts contains one of these byte strings; others may, too.

    They match the plain text, and any body that could spell it otherwise: with JSON's escapes, with
    percent-encoded characters, or in UTF-16 and UTF-32, which have NULs.
    """
    patterns = {b"\x00"}
    for text in texts:
        spaced = text.replace(" ", "+")
        patterns |= {text.encode("utf-8", "replace"), text.encode("latin-1", "replace")}
        patterns |= {spaced.encode("utf-8", "replace"), *_begun_escapes(text)}
    is_plain = all(text.isascii() and text.isprintable() for text in texts)
    patterns.add(b"\\u00" if is_plain and not set("".join(texts)) & set('"\\/') else b"\\")
    return patterns


def _begun_escapes(text: str) -> set[bytes]:
    """How the percent-encodings of its characters begin, in either case."""
    digits = {f"{byte:02x}"[0] for byte in text.encode("utf-8", "replace")}
    return {f"%{digit}".encode() for each in digits for digit in (each, each.upper())}
