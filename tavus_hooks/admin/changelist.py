"""Lists that load only what they show, and redirect when their query string cannot be answered."""

import logging
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, ORDER_VAR, ChangeList
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from ..address import MAX_REFERENCE_LENGTH
from .bounded import Bounds
from .look_through import BOUNDS
from .moment_filter import LOOKUPS, with_moments

MAX_ASKED = 500
"""Characters of a parameter: no column that a list filters by is longer, and each word of a search
makes the query longer."""
ANSWERED = frozenset({"reference", "reference__startswith", "key_id"})
"""Parameters of our own filters, which take any text. A longer one than any reference is cut to a
length that still matches nothing."""
MAX_QUERY = 5000
"""Characters of all parameters, which every link of a filter contains."""

logger = logging.getLogger(__name__)


class LeanChangeList(ChangeList):
    """A list that loads only what it shows: see `ReadOnlyAdmin.for_list()`.

    Every query string that fails is an incorrect lookup, which Django answers by a redirect to the
    list without parameters. Django itself does so only for errors while the query is built;
    databases and drivers also refuse queries when they are sent.
    """

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        asked = request.GET.keys() - {ERROR_FLAG}
        request.GET = _cut(request.GET)  # type: ignore[assignment]
        if len(request.GET.urlencode()) > MAX_QUERY:
            raise IncorrectLookupParameters("It is too long.")
        for name, values in request.GET.lists():
            if name in ANSWERED:
                continue
            if any("\x00" in text or len(text) > MAX_ASKED for text in (name, *values)):
                raise IncorrectLookupParameters("It has a NUL character or is too long.")
        try:
            super().__init__(request, *args)
        except (IncorrectLookupParameters, SuspiciousOperation, ImproperlyConfigured):
            raise
        # As Django does, for the same reason: only running the query tells whether it works.
        except Exception as error:
            if not asked:
                raise
            logger.warning("a list of the admin was asked what failed: %s", type(error).__name__)
            raise IncorrectLookupParameters(error) from error

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        model_admin: Any = self.model_admin
        model_admin.prepare(request, self.result_list)

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        self.bounds = Bounds(request, self.root_queryset, self.model_admin)
        vars(request)[BOUNDS] = self.bounds
        self.root_queryset = self.bounds.bounded()
        queryset = super().get_queryset(request, exclude_parameters)
        model_admin: Any = self.model_admin
        listed: QuerySet[Any] = model_admin.for_list(queryset, request.user)
        return listed

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """As asked, else by the moment that is asked for; always as an index has it."""
        ordering: list[Any] = super().get_ordering(request, queryset)
        column = self.bounds.column
        if column and not request.GET.get(ORDER_VAR):
            return [f"-{column}", "-pk"]
        # Django sorts equal rows by descending keys even where all else ascends.
        if ordering[-1] == "-pk" and not str(ordering[0]).startswith("-"):
            return [*ordering[:-1], "pk"]
        return ordering


def _cut(parameters: QueryDict) -> QueryDict:
    cut = parameters.copy()
    for name in ANSWERED & cut.keys():
        cut[name] = str(cut[name])[: MAX_REFERENCE_LENGTH + 1]
    for name, values in list(cut.lists()):
        if name.endswith(LOOKUPS):
            cut.setlist(name, [with_moments(name, text) for text in values])
            if not any(values):  # the box was left empty
                del cut[name]
    return cut
