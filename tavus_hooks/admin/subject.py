"""The base admin of videos, replicas, conversations and documents."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from .presented import PresentedAdmin


class SubjectAdmin(PresentedAdmin):
    """Base of the four model admins: a row that was forgotten stays."""

    def reasons_to_stay(self, rows: QuerySet[Any]) -> list[str]:
        forgotten = rows.filter(forgotten_at__isnull=False)
        return [_kept(each) for each in forgotten.values_list(self.model.ID_FIELD, flat=True)]

    def lock(self, rows: QuerySet[Any]) -> None:
        list(rows.select_for_update().values_list("pk"))


def _kept(subject_id: str) -> str:
    text = gettext(
        "%s was forgotten. Its row stays: it is what keeps the app from storing what still arrives."
    )
    return text % subject_id
