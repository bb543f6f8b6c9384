"""What there is to open: each list, a row of each look, and the forms of our own."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.urls import reverse

from project.story import REPAIR
from tavus_hooks.models import Callback, Conversation, Document, Failure, Hold, Replica, Video
from tavus_hooks.presentation.badges import badge, notes

PAGES = (Callback, Video, Replica, Conversation, Document)


def places() -> dict[str, dict[str, str]]:
    """The names and paths of the pages, and of what the admin has."""
    return {"pages": dict(_pages()), "admin": dict(_admin())}


def _pages() -> Iterator[tuple[str, str]]:
    yield "overview", reverse("tavus_hooks:index")
    yield "search", f"{reverse('tavus_hooks:search')}?q=the"
    inbox = reverse("tavus_hooks:callback-list")
    yield "callback list that was asked badly", f"{inbox}?subject_type=nonsense"
    yield "callback list without rows", f"{inbox}?q=nothing"
    for model in PAGES:
        name = str(model._meta.model_name)
        yield f"{name} list", reverse(f"tavus_hooks:{name}-list")
        for look, row in _each_look(model).items():
            yield f"{name} {look}", row.get_absolute_url()
    for name in ("playable", "broken-stream", "gone"):
        yield f"video v-{name}", Video.objects.get(video_id=f"v-{name}").get_absolute_url()
    for name in ("c-recorded", "c-in-s3"):
        recorded = Conversation.objects.get(conversation_id=name)
        yield f"conversation {name}", recorded.get_absolute_url()


def _admin() -> Iterator[tuple[str, str]]:
    for model in apps.get_app_config("tavus_hooks").get_models():
        name = str(model._meta.model_name)
        yield f"{name} list", _address(name, "changelist")
        looks = _each_look(model)
        # All badges are in the lists, too.
        for look in looks if model in (Callback, Conversation) else [*looks][:1]:
            yield f"{name} {look}", _address(name, "change", looks[look].pk)
    failed = Failure.objects.exclude(receiver="").first()
    failed_at = _address("callback", "handle", failed.callback_id)
    conversation = Conversation.objects.get(conversation_id=REPAIR.conversation_id)
    lifted = Hold.objects.filter(lifted_at=None).exclude(conversation=conversation).get()
    withdrawn = Callback.objects.filter(subject_id="c-live").first()
    duplicate = Callback.objects.filter(duplicate_of__isnull=False).first()
    yield "form: handle again", f"{failed_at}?receiver={failed.receiver}"
    yield "form: nothing to handle again", _address("callback", "handle", duplicate.pk)
    yield "form: hold", _address("conversation", "hold", conversation.pk)
    yield "form: lift", _address("conversation", "lift", lifted.conversation_id, lifted.pk)
    yield "form: withdraw", _address("callback", "withdraw", withdrawn.pk)
    yield "form: note", f"{_address('note', 'add')}?conversation={conversation.pk}"
    yield "failure groups", _address("failure", "groups")


def _address(model: str, view: str, *args: Any) -> str:
    return reverse(f"admin:tavus_hooks_{model}_{view}", args=args)


def _each_look(model: type[Model]) -> dict[str, Model]:
    """The first row of each look, by what tells it apart."""
    rows = Callback.objects.with_state() if model is Callback else model._default_manager.all()
    found: dict[str, Model] = {}
    for row in rows.order_by("pk"):
        found.setdefault(_look(row), row)
    return found


def _look(row: Any) -> str:
    try:
        told = [str(it.label) for it in (badge(row), *notes(row))]
    except KeyError:  # a model whose rows have no state
        told = ["row"]
    if isinstance(row, Callback):
        told += [f"({row.unreadable})"] if row.unreadable else []
    if isinstance(row, Conversation):
        told += ["with a transcript"] if row.turns.exists() else []
        told += [row.conversation_id] if row.conversation_id in _BY_THEMSELVES else []
    if isinstance(row, Video):
        told += [row.video_id] if row.video_id in _BY_THEMSELVES else []
    return " ".join(told)


_BY_THEMSELVES = {
    REPAIR.conversation_id,
    "c-roles",
    "c-live",
    "v-long",
    "v-contested-0",
}
"""The one with the most on its page, and what the others do not have."""
