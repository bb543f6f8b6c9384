"""What belongs to a conversation that is held is not deleted here."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import router, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from ..holds import belonging_to_held, lock_conversations_of
from ..models.writing import written
from .base import ReadOnlyAdmin


class HeldRowsAdmin(ReadOnlyAdmin):
    """Of callbacks, failures, turns and recordings."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """With what is held among what cannot be deleted, so that Django deletes none of it."""
        deleted, counts, needed, protected = super().get_deleted_objects(objs, request)
        if number := belonging_to_held(self._as_written(objs)).count():
            protected = [*protected, _refused(number)]
        return deleted, counts, needed, protected

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic(using=router.db_for_write(self.model)):
            self._refuse_what_is_held([obj])
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic(using=router.db_for_write(self.model)):
            self._refuse_what_is_held(queryset)
            super().delete_queryset(request, queryset)

    def _refuse_what_is_held(self, objs: Any) -> None:
        """Of what is held since it was looked at nothing is deleted either."""
        rows = self._as_written(objs)
        lock_conversations_of(rows)
        if number := belonging_to_held(rows).count():
            raise PermissionDenied(_refused(number))

    def _as_written(self, objs: Any) -> QuerySet[Any]:
        chosen = (
            objs.order_by().values("pk") if isinstance(objs, QuerySet) else [it.pk for it in objs]
        )
        rows: QuerySet[Any] = written(self.model._base_manager.order_by())
        return rows.filter(pk__in=chosen)


def _refused(number: int) -> str:
    text = gettext("Rows of conversations that are held, which nobody deletes: %d")
    return text % number
