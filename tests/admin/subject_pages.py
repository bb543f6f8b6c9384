"""How the tests read the pages of subjects."""

import re


def panel(html, name):
    """The rows of a panel's table: the texts below the headings."""
    field = html.partition(f'field-{name}"')[2].partition("</fieldset>")[0]
    parts = re.search(r"<thead>(.*?)</thead>\s*<tbody>(.*?)</tbody>", field, re.DOTALL)
    head, body = parts.groups()

    def texts(row):
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        return [" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in cells]

    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [dict(zip(texts(head), texts(row), strict=True)) for row in rows]


def told(html, name):
    """What a panel says of each of its rows: the texts by their labels."""
    field = html.partition(f'field-{name}"')[2].partition("</fieldset>")[0]

    def text(part):
        return " ".join(re.sub("<[^>]*>", " ", part).split())

    rows = re.findall(r"<dl[^>]*>(.*?)</dl>", field, re.DOTALL)
    fact = re.compile(r"<dt[^>]*>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>", re.DOTALL)
    facts = [fact.findall(row) for row in rows]
    return [{text(label): text(value) for label, value in row} for row in facts]
