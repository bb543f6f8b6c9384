"""How the tests read the page of one row."""


def facts(element):
    """The terms of the first list of facts, and what is said of each."""
    entries = element.all("dl")[0].children
    entries = [entry for entry in entries if not isinstance(entry, str)]
    return {term.text: fact for term, fact in zip(entries[::2], entries[1::2], strict=True)}


def section(page, heading):
    (found,) = (s for s in page.all("section") if s.all("h2") and heading in s.one("h2").text)
    return found


def badges(element):
    return [within.text for within in element if "tavus-badge" in within.classes]
