"""Deleting rows by hand: the confirmation page counts related rows, which may be 100,000.

Django's own page loads and lists every one of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models, router, transaction
from django.db.models import QuerySet
from django.db.models.deletion import get_candidate_relations_to_delete
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext

from ..db.writing import written
from ..search.indexes import erase_words_soon

MAX_AT_ONCE = 500
"""Rows that the action deletes at once; the confirmation page names each."""
MAX_DEPTH = 8
"""Levels of related rows that are followed. A host's rows may refer to each other in a circle."""


class DeletingAdmin(admin.ModelAdmin):
    """Requires the same permissions as Django's admin, and the same rows prevent deleting."""

    def get_deleted_objects(
        self, objs: Sequence[Any] | QuerySet[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """What the confirmation page shows: each of the rows, and the number of related ones."""
        going = _Going(self.model, [row.pk for row in objs])
        lacking = {
            str(rows.model._meta.verbose_name)
            for rows in (*going.rows(), *going.protected())
            if rows.exists() and not self._may_delete(request, rows)
        }
        named = [self._named(row) for row in objs]
        stopping = [f"{name}: {number}" for name, number in _counted(going.protected()).items()]
        stopping += self.reasons_to_stay(self._as_written(objs))
        return named, _counted(going.rows()), lacking, stopping

    def reasons_to_stay(self, rows: QuerySet[Any]) -> list[str]:
        """Readable reasons why some of the rows cannot be deleted; then Django deletes none."""
        return []

    def lock(self, rows: QuerySet[Any]) -> None:
        """Lock the rows, so that no further reason arises until the current transaction ends."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic(using=router.db_for_write(self.model)):
            self._refuse_what_stays([obj])
            super().delete_model(request, obj)
            erase_words_soon(self.model)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic(using=router.db_for_write(self.model)):
            self._refuse_what_stays(queryset)
            super().delete_queryset(request, queryset)
            erase_words_soon(self.model)

    def _refuse_what_stays(self, objs: Iterable[Any]) -> None:
        """Check again: a reason may have arisen since the confirmation page was shown."""
        rows = self._as_written(objs)
        self.lock(rows)
        if reasons := self.reasons_to_stay(rows):
            raise PermissionDenied(" ".join(reasons))

    def _as_written(self, objs: Iterable[Any]) -> QuerySet[Any]:
        rows: QuerySet[Any] = written(self.model._base_manager.order_by("pk"))
        return rows.filter(pk__in=[row.pk for row in objs])

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> Any:
        if _asked_to(request) == "delete_selected" and _many(request, queryset):
            text = gettext(
                "At most %d rows can be deleted here at once; nothing was done. For more there are "
                "the commands tavus_prune and tavus_forget."
            )
            self.message_user(request, text % MAX_AT_ONCE, messages.ERROR)
            return None
        return super().response_action(request, queryset, *args, **kwargs)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Name the rows by their ids. A name would stay in the log: forgetting finds the entries
        of a row by its primary key, which this one no longer has.
        """
        key = getattr(self.model, "ID_FIELD", "")
        if not key:
            return super().log_deletions(request, queryset)
        kind = ContentType.objects.get_for_model(self.model, for_concrete_model=False)
        user: Any = request.user
        entries = [
            LogEntry(
                user_id=user.pk,
                content_type_id=kind.pk,
                object_id=row.pk,
                object_repr=getattr(row, key)[:200],
                action_flag=DELETION,
            )
            for row in queryset
        ]
        return LogEntry.objects.bulk_create(entries)

    def _may_delete(self, request: HttpRequest, rows: QuerySet[Any]) -> bool:
        if not self.admin_site.is_registered(rows.model):
            return True
        its = self.admin_site.get_model_admin(rows.model)
        if type(its).has_delete_permission is admin.ModelAdmin.has_delete_permission:
            return its.has_delete_permission(request)  # the default ignores the row
        return all(its.has_delete_permission(request, row) for row in rows.iterator())

    def _named(self, row: Any) -> Any:
        link = self.link_to(type(row), row.pk, row)  # type: ignore[attr-defined]
        return format_html("{}: {}", capfirst(row._meta.verbose_name), link)


def _counted(several: Iterable[QuerySet[Any]]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for rows in several:
        if number := rows.count():
            counts[str(rows.model._meta.verbose_name_plural)] += number
    return dict(counts)


def _asked_to(request: HttpRequest) -> str:
    """The chosen action: a list may have two forms to choose one."""
    with suppress(IndexError, ValueError):
        return request.POST.getlist("action")[int(request.POST.get("index", 0))]
    return ""


def _many(request: HttpRequest, queryset: QuerySet[Any]) -> bool:
    """Whether more than `MAX_AT_ONCE` rows are selected."""
    if request.POST.get("select_across", "0") == "0":
        return len(request.POST.getlist(ACTION_CHECKBOX_NAME)) > MAX_AT_ONCE
    return queryset.order_by().values("pk")[: MAX_AT_ONCE + 1].count() > MAX_AT_ONCE


class _Going:
    """The rows that Django would delete with these, as queries, so that none is loaded."""

    def __init__(self, model: type[models.Model], pks: Sequence[Any]) -> None:
        self.using = router.db_for_write(model)
        self._found: dict[type[models.Model], list[QuerySet[Any]]] = defaultdict(list)
        self._protected: list[QuerySet[Any]] = []
        self._restricted: list[QuerySet[Any]] = []
        self._add(self._all(model).filter(pk__in=pks), MAX_DEPTH)

    def rows(self) -> Iterator[QuerySet[Any]]:
        """The rows themselves and those deleted with them, by model."""
        for model, several in self._found.items():
            yield self._all(model).filter(_any_of(several))

    def protected(self) -> Iterator[QuerySet[Any]]:
        """Rows that prevent deleting: also restricted ones, unless they are deleted anyway."""
        yield from self._protected
        for rows in self._restricted:
            going = self._found.get(rows.model)
            yield rows.exclude(_any_of(going)) if going else rows

    def _add(self, rows: QuerySet[Any], depth: int) -> None:
        if not depth or not rows.exists():
            return
        self._found[rows.model].append(rows)
        meta = rows.model._meta
        for parent, link in meta.concrete_model._meta.parents.items():
            if link:
                its = self._all(parent).filter(pk__in=rows.values(link.attname))
                self._found[parent].append(its)
        for relation in get_candidate_relations_to_delete(meta):
            self._follow(relation, rows, depth)
        for field in meta.private_fields:
            if hasattr(field, "bulk_related_objects"):  # something like a generic foreign key
                self._add(field.bulk_related_objects(rows, self.using), depth - 1)

    def _follow(self, relation: Any, rows: QuerySet[Any], depth: int) -> None:
        on_delete = relation.field.remote_field.on_delete
        found = self._all(relation.related_model).filter(**{f"{relation.field.name}__in": rows})
        if on_delete is models.CASCADE:
            self._add(found, depth - 1)
        elif on_delete is models.PROTECT:
            self._protected.append(found)
        elif on_delete is models.RESTRICT:
            self._restricted.append(found)

    def _all(self, model: type[models.Model]) -> QuerySet[Any]:
        return model._base_manager.using(self.using).order_by()


def _any_of(several: Iterable[QuerySet[Any]]) -> models.Q:
    ways = [models.Q(pk__in=rows.values("pk")) for rows in several]
    return models.Q(*ways, _connector=models.Q.OR)
