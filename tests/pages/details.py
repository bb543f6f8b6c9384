"""How the tests read the page of one row."""


def facts(element):
    """The terms of its lists of facts, and what is said of each; of several the first."""
    found = {}
    for facts in element.all("dl"):
        entries = [entry for entry in facts.children if not isinstance(entry, str)]
        for term, fact in zip(entries[::2], entries[1::2], strict=True):
            found.setdefault(term.text, fact)
    return found


def section(page, heading):
    (found,) = (s for s in page.all("article") if s.all("h2") and heading in s.one("h2").text)
    return found


def badges(element):
    return [within.text for within in element if "tavus-badge" in within.classes]
