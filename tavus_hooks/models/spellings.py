"""By which bytes a body that holds a text is found, however the text is spelled in it."""

from collections.abc import Collection


def patterns_of(texts: Collection[str]) -> set[bytes]:
    """A body in which one of the texts stands holds one of these bytes; so may others.

    Found are the plain text, and whatever could be spelled otherwise: with JSON's escapes, with
    some of its characters as a form has them, or in UTF-16 and UTF-32, which have NULs.
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
    """With what the percent-encoding of any of its characters begins, in either case."""
    digits = {f"{byte:02x}"[0] for byte in text.encode("utf-8", "replace")}
    return {f"%{digit}".encode() for each in digits for digit in (each, each.upper())}
