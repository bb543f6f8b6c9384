"""The badges of a page, whichever interface it is of."""

import re


def badges(html: str) -> list[tuple[str, str]]:
    """Label and tone of each, in the order of the page."""
    found = re.findall(r'<span class="tavus-badge tavus-(\w+)"[^>]*>([^<]*)</span>', html)
    return [(label, tone) for tone, label in found]
