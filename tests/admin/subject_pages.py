"""How the tests read the pages of subjects."""

import re


def panel(html, name):
    """The rows of a panel's table: the texts below the headings."""
    field = html.partition(f'field-{name}"')[2]
    parts = re.search(r"<thead>(.*?)</thead>\s*<tbody>(.*?)</tbody>", field, re.DOTALL)
    head, body = parts.groups()

    def texts(row):
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        return [" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in cells]

    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [dict(zip(texts(head), texts(row), strict=True)) for row in rows]
