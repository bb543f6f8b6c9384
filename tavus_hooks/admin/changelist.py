"""Lists that load only what they show, sort by one column that has an index, and redirect when
their query string cannot be answered.
"""

import logging
from copy import copy
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, ORDER_VAR, SEARCH_VAR, ChangeList
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext, ngettext

from ..address import MAX_REFERENCE_LENGTH
from ..filters import listing
from ..filters.keyset import Order
from ..presentation.formats import grouped
from .bounded import Bounds
from .indexes import may_be_empty
from .look_through import BOUNDS, LOOK_THROUGH_VAR, NO_FILTERS, LookedBack, looked_back
from .moment_filter import with_moment
from .paginator import AtLeast
from .sorted_rows import some_of, terms

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

    bounds: Bounds | None = None
    """Made with the first queryset; for an action Django asks for another one."""
    by: Order | None = None
    """The order that is asked for."""

    def __init__(self, request: HttpRequest, model: type[Model], *args: Any) -> None:
        asked = request.GET.keys() - {ERROR_FLAG}
        request.GET = _cut(request.GET, model)  # type: ignore[assignment]
        if len(request.GET.urlencode()) > MAX_QUERY:
            raise IncorrectLookupParameters("It is too long.")
        for name, values in request.GET.lists():
            if name in ANSWERED:
                continue
            if any("\x00" in text or len(text) > MAX_ASKED for text in (name, *values)):
                raise IncorrectLookupParameters("It has a NUL character or is too long.")
        try:
            super().__init__(request, model, *args)
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
        if self.bounds and not (self.bounds.asked or self.query):
            self.full_result_count = self.result_count  # nothing is left to be shown by "Show all"
        is_page = self.multi_page and not (self.show_all and self.can_show_all)
        if is_page and self.by and self.by.has_nulls:
            start = (self.page_num - 1) * self.list_per_page
            count = min(self.list_per_page, self.result_count - start)
            self.result_list = some_of(self.queryset, self.by, start, count)
        model_admin: Any = self.model_admin
        model_admin.prepare(request, self.result_list)

    @property
    def looked(self) -> LookedBack | None:
        """How far was looked; None if that was to the end."""
        return looked_back(self.bounds) if self.bounds else None

    @property
    def asked(self) -> QueryDict:
        """What chooses the rows, and in which order, without how far to look."""
        return QueryDict(self.get_query_string({}, [LOOK_THROUGH_VAR])[1:])

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than were counted."""
        return isinstance(self.result_count, AtLeast)

    @property
    def of_the_first(self) -> Any:
        """The list with the number of which actions say "all": they take those that are counted."""
        number = int(self.result_count)
        named: Any = copy(self)
        named.result_count = gettext("of the first %(count)s") % {"count": grouped(number)}
        # Django's own sentence, and so its translations.
        note = ngettext("%(total_count)s selected", "All %(total_count)s selected", number)
        named.selection_note_all = note % {"total_count": named.result_count}
        return named

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        if self.bounds is None:
            self._sort_by_one()
            self.bounds = Bounds(
                request,
                self.root_queryset,
                self.model_admin,
                by=self.by,
                ordering=self.model_admin.get_ordering(request) or self.opts.ordering or (),
            )
            vars(request)[BOUNDS] = self.bounds
            self.root_queryset = self.bounds.bounded()
        queryset = self.bounds.look(super().get_queryset(request, exclude_parameters))
        if self.bounds.acts_on_all:
            queryset = self._counted(queryset)
        model_admin: Any = self.model_admin
        listed: QuerySet[Any] = model_admin.for_list(queryset, request.user)
        return listed

    def _counted(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that the list counts and shows, which are the first ones in its order."""
        keys = some_of(queryset.values_list("pk", flat=True), self.by, 0, listing.MOST + 1)
        if len(keys) <= listing.MOST:
            return queryset
        return queryset.filter(pk__in=keys[: listing.MOST])

    def _sort_by_one(self) -> None:
        """Leave of the columns that are asked for the first one that can be sorted by: no index
        has several, and without one all rows would be sorted.
        """
        asked = str(self.params.get(ORDER_VAR, ""))
        for part in asked.split("."):
            _none, sign, number = part.rpartition("-")
            column = self._sorting(number)
            if column is None:
                continue
            self.params[ORDER_VAR], self.filter_params[ORDER_VAR] = part, [part]
            if isinstance(column, str):
                self.by = self._by(column, is_reversed=bool(sign))
            return
        self.params.pop(ORDER_VAR, None)
        self.filter_params.pop(ORDER_VAR, None)

    def _sorting(self, number: str) -> Any:
        """By what a column of the list sorts; None if it does not."""
        if not number.isdecimal() or int(number) >= len(self.list_display):
            return None
        name = self.list_display[int(number)]
        if self.sortable_by is not None and name not in self.sortable_by:
            return None
        return self.get_ordering_field(name) or None

    def _by(self, column: str, *, is_reversed: bool) -> Order:
        name = column.removeprefix("-")
        is_descending = column.startswith("-") != is_reversed
        if name in ("pk", self.opts.pk.name):
            return Order("", is_descending)
        return Order(name, is_descending, has_nulls=may_be_empty(self.model, name))

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """As asked, else by the moment that is asked for; always as an index has it."""
        by, bounds = self.by, self.bounds
        if bounds and bounds.column and not by:
            return ["-pk"] if bounds.column == "pk" else [f"-{bounds.column}", "-pk"]
        rows = queryset.order_by() if by else queryset
        ordering: list[Any] = super().get_ordering(request, rows)
        # Django sorts equal rows by descending keys even where all else ascends.
        if ordering[-1] == "-pk" and not str(ordering[0]).startswith("-"):
            ordering = [*ordering[:-1], "pk"]
        return terms(by, ordering) if by else ordering


def _cut(parameters: QueryDict, model: type[Model]) -> QueryDict:
    cut = parameters.copy()
    for name in ANSWERED & cut.keys():
        cut[name] = str(cut[name])[: MAX_REFERENCE_LENGTH + 1]
    for name, values in list(cut.lists()):
        if name == SEARCH_VAR:
            cut[name] = values[-1].strip()
        elif name not in NO_FILTERS:
            cut.setlist(name, [with_moment(model, name, text) for text in values if text])
            if not any(values):  # a box of a form was left empty
                del cut[name]
    return cut
