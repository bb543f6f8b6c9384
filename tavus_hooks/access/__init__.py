"""Who may see what: one table for the pages, the API and the admin.

Users need a model's view permission for its rows. Some fields need more, which `FIELDS` lists.
`visible()` limits the rows to those of the user, if the host has a rule for that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from ..conf import conf
from ..db.writing import written
from ..models import (
    Callback,
    Conversation,
    Document,
    Expectation,
    Failure,
    Hold,
    Note,
    Recording,
    RecordingOffset,
    Replica,
    ReplicaLabel,
    SearchText,
    Tagging,
    Turn,
    Video,
)
from ..models.subjects import SUBJECTS

Rule = Callable[[Any, QuerySet[Any]], QuerySet[Any]]
"""Takes a user and a queryset of one of `OWNED`; returns the rows of it that the user may see."""

HANDLE = "tavus_hooks.handle_callback"
RESOLVE = "tavus_hooks.resolve_failure"
FORGET = "tavus_hooks.forget"
WITHDRAW = "tavus_hooks.add_withdrawal"
TRANSCRIPT = "tavus_hooks.view_transcript"

OWNED: Sequence[type[Model]] = (Callback, Video, Replica, Conversation, Document)
"""The models that have a reference; the rows of other models belong to one of these."""


def view(model: type[Model]) -> str:
    """The model's view permission."""
    return f"tavus_hooks.view_{model._meta.model_name}"


def row_permission(model: type[Model]) -> str:
    """The permission that the rows of a model need. Turns are a part of their conversation."""
    return view(Conversation if model is Turn else model)


FIELDS: Mapping[tuple[type[Model], str], Sequence[str]] = {
    # What was said, in any form. Bodies about videos, replicas and documents hold none of it.
    (Callback, "body"): [TRANSCRIPT],
    (Callback, "failures"): [view(Failure)],
    (Callback, "error"): [view(Failure), HANDLE, TRANSCRIPT],
    (Failure, "message"): [HANDLE, TRANSCRIPT],
    (Failure, "traceback"): [HANDLE, TRANSCRIPT],
    (Conversation, "turns"): [TRANSCRIPT],
    (Conversation, "perception_analysis"): [TRANSCRIPT],
    (Conversation, "perception_unavailable"): [TRANSCRIPT],
    (Conversation, "events"): [view(Callback), TRANSCRIPT],
    (Conversation, "recordings"): [view(Recording)],
    (Recording, "storage_uri"): [TRANSCRIPT],
    (Recording, "bucket_name"): [TRANSCRIPT],
    (Recording, "s3_key"): [TRANSCRIPT],
    (Turn, "content"): [TRANSCRIPT],
    (SearchText, "text"): [TRANSCRIPT],
    (Turn, "tool_calls"): [TRANSCRIPT],
    # It may quote what was said.
    (Note, "text"): [TRANSCRIPT],
}
"""The permissions that a field needs besides that of its row."""

_NOTHING_SAID = {"video", "replica", "document"}
"""The subjects whose callbacks hold nothing that was said in a conversation."""


def missing(user: Any, model: type[Model], name: str, row: Model | None = None) -> list[str]:
    """The permissions that the user lacks for a field; empty if the user may see it.

    With a callback, or a failure, as `row`, they also depend on the callback's subject.
    """
    needed = FIELDS.get((model, name), ())
    if needed and _holds_nothing_said(row):
        needed = [permission for permission in needed if permission != TRANSCRIPT]
    return [permission for permission in needed if not user.has_perm(permission)]


def may_see(user: Any, model: type[Model], name: str, row: Model | None = None) -> bool:
    """Whether the user may see a field."""
    return not missing(user, model, name, row)


def needs(permissions: Sequence[str]) -> str:
    """The text shown in place of a field to a user who lacks these permissions."""
    names = " and ".join(permissions)
    return gettext("To see this you need %(permissions)s.") % {"permissions": names}


def needs_one_of(permissions: Sequence[str]) -> str:
    """Like `needs()`, for a user who lacks all of these permissions and needs only one."""
    names = ", ".join(permissions)
    return gettext("To see this you need one of %(permissions)s.") % {"permissions": names}


def rule_of_host() -> Rule | None:
    """The function that `VISIBLE_ROWS` names; None if it is not set. Raises ImportError."""
    rule: Rule | None = import_string(conf.VISIBLE_ROWS) if conf.VISIBLE_ROWS else None
    return rule


def visible(user: Any, rows: Any) -> Any:
    """The rows that the user may see by the rule in `VISIBLE_ROWS`; without a rule, all."""
    rule = rule_of_host()
    if rule is None:
        return rows
    if rows.model in OWNED:
        return rule(user, rows)
    owner = _OWNERS.get(rows.model)
    if owner is None:
        return rows if sees_whole_site(user) else rows.none()
    name, model = owner
    # Bound to no database: the outer query may write, as the admin's actions do.
    theirs = rule(user, model._base_manager.order_by())
    return rows.filter(**{f"{name}__in": theirs.values("pk")})


def sees_whole_site(user: Any) -> bool:
    """Whether the user may see what belongs to no row of `OWNED`: figures of the site, tags, and
    what was entered about groups of failures. With a rule in `VISIBLE_ROWS` superusers do.
    """
    return rule_of_host() is None or bool(user.is_superuser)


def replayable_if_contested(user: Any, callbacks: Iterable[Callback]) -> set[int]:
    """The primary keys of the callbacks that the user may apply although they are contested: the
    user may see the rows they are about. Reads from the database that is written to.
    """
    callbacks = list(callbacks)
    seen: set[tuple[str, str]] = set()
    for name, model in SUBJECTS.items():
        ids = {callback.subject_id for callback in callbacks if callback.subject_type == name}
        if not ids:
            continue
        rows = written(model._base_manager.order_by()).filter(**{f"{model.ID_FIELD}__in": ids})
        theirs = visible(user, rows).values_list(model.ID_FIELD, flat=True)
        seen.update((name, each) for each in theirs)
    return {it.pk for it in callbacks if (it.subject_type, it.subject_id) in seen}


_OWNERS: Mapping[type[Model], tuple[str, type[Model]]] = {
    Turn: ("conversation", Conversation),
    SearchText: ("conversation", Conversation),
    Recording: ("conversation", Conversation),
    Expectation: ("conversation", Conversation),
    Hold: ("conversation", Conversation),
    Failure: ("callback", Callback),
    Note: ("conversation", Conversation),
    Tagging: ("conversation", Conversation),
    RecordingOffset: ("recording__conversation", Conversation),
    ReplicaLabel: ("replica", Replica),
}


def _holds_nothing_said(row: Model | None) -> bool:
    if isinstance(row, Failure):
        row = row.callback
    return isinstance(row, Callback) and row.subject_type in _NOTHING_SAID
