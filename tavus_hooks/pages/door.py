"""Where the links of the pages lead."""

from collections.abc import Collection

from django.db.models import Model
from django.urls import reverse
from django.utils.http import urlencode


class PageDoor:
    """The addresses of the pages, of those models that the user may view."""

    def __init__(self, viewable: Collection[str]) -> None:
        self.viewable = viewable

    def url(self, row: Model) -> str:
        name = str(row._meta.model_name)
        return reverse(f"tavus_hooks:{name}-detail", args=[row.pk]) if name in self.viewable else ""

    def list_url(self, model: type[Model], **filters: str) -> str:
        name = str(model._meta.model_name)
        if name not in self.viewable:
            return ""
        url = reverse(f"tavus_hooks:{name}-list")
        return f"{url}?{urlencode(filters)}" if filters else url

    def whole_url(self, row: Model, name: str) -> str:
        return reverse("tavus_hooks:whole", args=[row._meta.model_name, row.pk, name])

    def action_url(self, row: Model, name: str, *args: object, **query: str) -> str:
        return ""  # they are asked for in the admin

    def entry_url(self, model: type[Model], entered: Model | None, **given: object) -> str:
        return ""  # likewise

    def reference_url(self, reference: str) -> str:
        return ""  # the site's own pages may be closed to the user
