"""How the tests find a list and count its rows."""

import re

from django.urls import reverse


def path_of(model):
    return reverse(f"tavus_hooks:{model._meta.model_name}-list")


def count_of(list_page):
    """What its heading says, which is also how many rows there are on one page."""
    [number] = re.findall(r"\d+$", list_page.one("h1").text)
    assert int(number) == len(list_page.one("tbody").all("tr"))
    return int(number)
