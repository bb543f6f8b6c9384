"""Facts that are other rows: each by its name, and with a link where the viewer can open it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..models import Withdrawal
from ..models.subjects import SUBJECTS
from .fields import Field
from .viewer import Viewer


@dataclass(frozen=True)
class Row(Field):
    """The id of another row, by its name and with a link where it can be opened."""

    template = "row"
    of: str = ""
    """The subject type of that row."""

    def more(self, row: Any, value: Any, viewer: Viewer) -> dict[str, Any]:
        found = viewer.find(SUBJECTS[self.of], value)
        return {} if found is None else {"value": str(found), "url": viewer.door.url(found)}

    def prepare(self, rows: Iterable[Any], viewer: Viewer) -> None:
        viewer.look_up(SUBJECTS[self.of], (self.value(row) for row in rows))


class Original(Field):
    """The callback of which one is a duplicate."""

    template = "row"

    def more(self, row: Any, value: Any, viewer: Viewer) -> dict[str, Any]:
        return {"value": f"#{value}", "url": viewer.door.url(type(row)(pk=value))}


class Owner(Field):
    """The row that a row belongs to."""

    template = "row"

    def more(self, row: Any, value: Any, viewer: Viewer) -> dict[str, Any]:
        return {"value": str(value), "url": viewer.door.url(value)}


class About(Field):
    """What a callback is about."""

    template = "row"

    def more(self, row: Any, value: Any, viewer: Viewer) -> dict[str, Any]:
        model = SUBJECTS.get(row.subject_type)
        if model is None:
            return {"note": row.subject_type}
        said = {"note": model._meta.verbose_name}
        found = viewer.find(model, value)
        return (
            said if found is None else said | {"value": str(found), "url": viewer.door.url(found)}
        )

    def prepare(self, rows: Iterable[Any], viewer: Viewer) -> None:
        rows = list(rows)
        for name, model in SUBJECTS.items():
            viewer.look_up(model, (row.subject_id for row in rows if row.subject_type == name))


class WithdrawalRow(Field):
    """That the URL by which a callback came was withdrawn."""

    template = "withdrawal"

    def value(self, row: Any) -> Any:
        return Withdrawal.objects.filter(url_id=row.url_id).first() if row.url_id else None

    def more(self, row: Any, value: Any, viewer: Viewer) -> dict[str, Any]:
        return {"url": viewer.door.url(value)}
