"""The pages of a list, each of which begins at a cursor: see `filters.listing`."""

from typing import Any

from django.db.models import QuerySet
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import NotFound
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from ..filters.cursor import CursorError
from ..filters.listing import Listing
from ..filters.page import Page, looked_through, number_asked


class Filters(DjangoFilterBackend):
    """Reads and checks the filters of a list; its `Pages` apply them."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        view.filterset = self.get_filterset(request, queryset, view)
        return (
            queryset
            if view.filterset.is_valid()
            else super().filter_queryset(request, queryset, view)
        )


class Pages(BasePagination):
    """50 rows, or as many as `page_size` asks for, up to 100."""

    page_size = 50
    max_page_size = 100
    parameters = ("cursor", "page_size", "look_through")
    descriptions = {
        "cursor": _("Where the page begins, as `next` and `previous` have it."),
        "page_size": _("How many rows a page has: 50 by default, 100 at most."),
        "look_through": _(
            "How many rows are looked through for one page where no index answers a filter: "
            "%(rows)s at least and by default."
        ),
    }

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        listed: Any = view
        self.request = request
        order = getattr(listed, "order", None)
        asked = request.query_params
        look_through = number_asked(asked.get("look_through", ""))
        listing = Listing(queryset, listed.filterset, order=order, look_through=look_through)
        size = number_asked(asked.get("page_size", ""), self.page_size)
        try:
            self.page: Page = listing.page(
                min(size or 1, self.max_page_size), asked.get("cursor", "")
            )
        except CursorError as error:
            raise NotFound(_("Invalid cursor.")) from error
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        looked = self.page.looked
        return Response(
            {
                "next": self._link(self.page.following),
                "previous": self._link(self.page.preceding),
                "looked_back_to": looked.back_to if looked and not looked.is_all else None,
                "results": data,
            }
        )

    def _link(self, cursor: str) -> str | None:
        if not cursor:
            return None
        url = self.request.build_absolute_uri()
        return str(replace_query_param(url, "cursor", cursor))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "looked_back_to", "results"],
            "properties": {
                "next": {
                    **link,
                    "description": force_str(
                        _("The next page; null at the end. A page before it may be empty.")
                    ),
                },
                "previous": {**link, "description": force_str(_("The page before."))},
                "looked_back_to": {
                    "type": "string",
                    "format": "date-time",
                    "nullable": True,
                    "description": force_str(
                        _(
                            "How far was looked where no index answers a filter and the list is "
                            "sorted by arrival or by a moment, or where more rows have the words "
                            "than are found; else null."
                        )
                    ),
                },
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        listed: Any = view
        rows = f"{looked_through(listed.queryset.model):,}"
        return [
            {
                "name": name,
                "required": False,
                "in": "query",
                "description": force_str(self.descriptions[name]) % {"rows": rows},
                "schema": {"type": "string" if name == "cursor" else "integer"},
            }
            for name in self.parameters
        ]
