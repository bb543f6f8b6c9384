"""How the tests read the pages of subjects."""

import re


def panel(html, name):
    """The rows of a panel's table: the texts below the headings."""
    field = html.partition(f'field-{name}"')[2]
    head, body = re.search(r"<thead>(.*?)</thead><tbody>(.*?)</tbody>", field, re.DOTALL).groups()

    def texts(row, tag):
        cells = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", row, re.DOTALL)
        return [" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in cells]

    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [dict(zip(texts(head, "th"), texts(row, "td"), strict=True)) for row in rows]
