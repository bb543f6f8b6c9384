"""How many rows an answer holds."""

from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """50 rows, or as many as `page_size` asks for, up to 100."""

    page_size = 50
    page_query_param = "page"
    page_size_query_param = "page_size"
    page_size_query_description = _("How many rows a page has: 50 by default, 100 at most.")  # type: ignore[assignment]
    parameters = (page_query_param, page_size_query_param)
    max_page_size = 100
