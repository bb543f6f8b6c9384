"""Everything that is asked: each list of pages, API and admin in every way, and single pages."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from tavus_hooks import filters
from tavus_hooks.admin.failure_groups import FailureGroupsAdmin
from tavus_hooks.filters.cursor import Cursor
from tavus_hooks.filters.keyset import Order
from tavus_hooks.filters.listing import MOST

from .admin_lists import DATES, FILTERS, SEARCHES, date_queries
from .filters import orders, values_for
from .scale import (
    NOTHING,
    OFTEN_WORD,
    ONCE_WORD,
    ONE,
    Scale,
    conversation_id,
    document_id,
    replica_id,
    video_id,
)

LISTED: dict[str, Any] = {
    "callback": filters.CallbackFilter,
    "video": filters.VideoFilter,
    "replica": filters.ReplicaFilter,
    "conversation": filters.ConversationFilter,
    "document": filters.DocumentFilter,
    "turn": filters.TurnFilter,
}
IDS: dict[str, Callable[[int], Any]] = {
    "callback": lambda number: number + 1,
    "video": video_id,
    "replica": replica_id,
    "conversation": conversation_id,
    "document": document_id,
}
"""What the API calls a row of this number. Turns have no address of their own, and no pages."""
OPENED = {"first": 0, "usual": ONE - 1}
"""Which rows are opened: that to which every fifth row belongs, and one that has few."""


TURNS = Order("conversation_id", key="position")
"""The order of the list of all turns."""
SEARCHED = {
    "frequent": OFTEN_WORD,
    "rare": ONCE_WORD,
    "missing": "nowhere",
    "several": f"the {OFTEN_WORD}",
    "an id": conversation_id(ONE),
    "nothing typed": "",
}
"""What is typed into the search of the pages."""


class Asked(NamedTuple):
    """One request. Its name is the same at every size, its address need not be."""

    name: str
    path: str


def everything(scale: Scale, user: Any) -> Iterator[Asked]:
    """All requests, as this user, who may see all."""
    yield from pages(scale)
    yield from api(scale)
    yield from in_admin(scale, user)


def pages(scale: Scale) -> Iterator[Asked]:
    yield Asked("pages: overview", reverse("tavus_hooks:index"))
    for model in IDS:
        address = reverse(f"tavus_hooks:{model}-list")
        yield from _in_every_way(f"pages: {model} list", address, model, Order(), scale)
        for which, number in OPENED.items():
            address = reverse(f"tavus_hooks:{model}-detail", args=[number + 1])
            yield Asked(f"pages: {model}, {which}", address)
    for what, text in SEARCHED.items():
        yield _with(f"pages: search, {what}", reverse("tavus_hooks:search"), q=text)
    yield Asked("pages: whole body", reverse("tavus_hooks:whole", args=["callback", 1, "body"]))


def api(scale: Scale) -> Iterator[Asked]:
    yield Asked("API: health", reverse("tavus_hooks:health"))
    yield Asked("API: lists", reverse("tavus_hooks:api:api-root"))
    for model in LISTED:
        address = reverse(f"tavus_hooks:api:{model}-list")
        order = TURNS if model == "turn" else Order()
        yield from _in_every_way(f"API: {model} list", address, model, order, scale)
        for which, number in OPENED.items() if model in IDS else ():
            address = reverse(f"tavus_hooks:api:{model}-detail", args=[IDS[model](number)])
            yield Asked(f"API: {model}, {which}", address)
    yield Asked("API: whole body", reverse("tavus_hooks:api:whole", args=["callback", 1, "body"]))


def in_admin(scale: Scale, user: Any) -> Iterator[Asked]:
    dates = date_queries(scale)
    for model_admin in admins():
        model = str(model_admin.opts.model_name)
        address = reverse(f"admin:tavus_hooks_{model}_changelist")
        name = f"admin: {model} list"
        yield Asked(f"{name}, first page", address)
        yield _with(f"{name}, deep page", address, p=_middle(model_admin))
        for parameter, values in FILTERS.get(model, {}).items():
            for label, value in values.items():
                yield _with(f"{name}, {parameter}: {label}", address, **{parameter: value})
        for column in DATES.get(model, ()):
            for label, lookups in dates.items():
                query = {f"{column}__{lookup}": value for lookup, value in lookups}
                yield _with(f"{name}, {column}: {label}", address, **query)
        for text in [*SEARCHES[model], NOTHING] if model in SEARCHES else ():
            yield _with(f"{name}, search: {text}", address, q=text)
        for number in sortable(model_admin, address, user):
            yield _with(f"{name}, by column: {number}", address, o=number)
            yield _with(f"{name}, by column: -{number}", address, o=-number)
        pk = model_admin.model._default_manager.order_by("pk").values_list("pk", flat=True).first()
        if pk is not None:
            page = reverse(f"admin:tavus_hooks_{model}_change", args=[pk])
            yield Asked(f"admin: {model}", page)
        if isinstance(model_admin, FailureGroupsAdmin):
            yield Asked("admin: groups of failures", reverse("admin:tavus_hooks_failure_groups"))


def admins() -> list[Any]:
    """Those of the app, by the name of their model."""
    found = [
        model_admin
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label == "tavus_hooks"
    ]
    return sorted(found, key=lambda it: str(it.opts.model_name))


def sortable(model_admin: Any, address: str, user: Any) -> list[int]:
    """The numbers of the columns by which the list can be sorted."""
    request = RequestFactory().get(address)
    request.user = user
    changes = model_admin.get_changelist_instance(request)
    return [
        number
        for number, column in enumerate(changes.list_display)
        if column in changes.sortable_by and changes.get_ordering_field(column)
    ]


def _in_every_way(
    name: str, address: str, model: str, order: Order, scale: Scale
) -> Iterator[Asked]:
    filterset = LISTED[model]
    yield Asked(f"{name}, first page", address)
    for label, cursor in _deep(model, order).items():
        yield _with(f"{name}, {label} page", address, cursor=cursor)
    for parameter, values in values_for(scale)[filterset].items():
        for label, value in values.items():
            yield _with(f"{name}, {parameter}: {label}", address, **{parameter: value})
    for asked in orders(filterset):
        yield _with(f"{name}, ordering: {asked}", address, ordering=asked)
        deep = _deep(model, Order.named(asked, apps.get_model("tavus_hooks", model)))
        for label, cursor in deep.items():
            yield _with(
                f"{name}, ordering: {asked}, {label} page", address, ordering=asked, cursor=cursor
            )


def _deep(model: str, order: Order) -> dict[str, str]:
    """The cursors from the middle of the list on, and back."""
    rows = apps.get_model("tavus_hooks", model)._default_manager.order_by()
    if not (number := rows.count()):
        return {}
    middle = order.position(rows.order_by("pk")[number // 2])
    return {
        "deep": Cursor(middle, is_backward=False).written(order),
        "deep previous": Cursor(middle, is_backward=True).written(order),
    }


def _middle(model_admin: Any) -> int:
    """The number of the page in the middle of a list of the admin."""
    rows: int = min(model_admin.model._default_manager.count(), MOST)
    return max(rows // int(model_admin.list_per_page) // 2, 1)


def _with(name: str, address: str, **query: Any) -> Asked:
    return Asked(name, f"{address}?{urlencode(query)}")
