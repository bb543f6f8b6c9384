"""What belongs together is written together, in autocommit: cut off anywhere, nothing of it stays.

Within a test's own transaction a savepoint would do as well, and no test could tell.
"""

import re
from contextlib import contextmanager, suppress
from datetime import timedelta
from io import StringIO
from itertools import count

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils import timezone

from tavus_hooks import inbox, kinds
from tavus_hooks.actions import expect
from tavus_hooks.actions.forget import forget
from tavus_hooks.actions.hold import hold
from tavus_hooks.inbox import contested, failures, forgotten
from tavus_hooks.inbox.rebuild import rebuild
from tavus_hooks.inbox.reclassify import reclassify
from tavus_hooks.kinds.conversation import ConversationKind
from tavus_hooks.maintenance import erasing
from tavus_hooks.models import Callback, Conversation, Failure, Turn
from tavus_hooks.models.subjects import Subject
from tavus_hooks.signals.callback_signal import Announcement, CallbackSignal, ReceiverId
from tests.databases import connection
from tests.factories import event, replica, shutdown, transcript

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]

MINE, THEIRS = "shop.order:1", "shop.order:666"
C1 = Subject("conversation", "c1")
RECEIVERS = [ReceiverId("callback_received", "shop.mail"), ReceiverId("callback_received", "shop")]
TRANSCRIPT = transcript({"role": "user", "content": "Ada has gout"})
BRAND_NEW = "application.brand_new"


AFTERWARDS = re.compile("tavus_hooks_words_|INTO .tavus_hooks_searchtext.*ON (CONFLICT|DUPLICATE)")
"""What fills the index of the search: tests/search/test_texts.py says how that is made up for."""


class CutOff(BaseException):
    """As the end of the process: no handler of an `Exception` comes by."""


@contextmanager
def cut_off_before(number):
    """Before the write of this number; counts them."""
    writes = []

    def execute(run, sql, *args):
        if sql.startswith(("INSERT", "UPDATE", "DELETE", "WITH")) and not AFTERWARDS.search(sql):
            writes.append(sql)
            if len(writes) == number:
                raise CutOff
        return run(sql, *args)

    with connection.execute_wrapper(execute):
        yield writes


def everything():
    """What the app's tables hold."""
    models = apps.get_app_config("tavus_hooks").get_models()
    return {model: list(model._base_manager.order_by("pk").values()) for model in models}


@pytest.fixture
def brand_new():
    signal = CallbackSignal("brand_new")
    signal.connect(lambda **kwargs: None, weak=False, dispatch_uid="tests.brand_new")
    yield lambda: kinds.register(
        type("BrandNew", (ConversationKind,), {"name": BRAND_NEW, "signal": signal})
    )
    kinds.unregister(BRAND_NEW)


@pytest.fixture
def stored(hooks, receive):
    """Keeps a callback, and claims it unless told otherwise."""

    def stored(body, *, claimed=True, **options):
        hooks(DISPATCHER="deferred")
        callback = receive(body, **options)
        return inbox.claim(callback.pk) if claimed else callback

    return stored


def applying(stored, **_):
    callback = stored(TRANSCRIPT)
    return lambda: inbox.handle(callback)


def applying_what_gives_earlier_ones_back(receive, stored, **_):
    receive(replica(status="error", error_message="too dark"))
    callback = stored(replica())
    return lambda: inbox.handle(callback)


def noting_who_was_not_told(stored, **_):
    callback = stored(TRANSCRIPT)
    return lambda: failures.record_announcement(callback, Announcement(), RECEIVERS)


def noting_that_the_tables_failed(stored, **_):
    callback = stored(TRANSCRIPT)
    return lambda: failures.record_apply_failure(callback, ValueError("the table is gone"))


def noting_who_is_to_be_told(stored, **_):
    callback = stored(TRANSCRIPT)
    return lambda: failures.schedule_calls(callback, RECEIVERS)


def giving_up(stored, **_):
    callback = stored(TRANSCRIPT)
    failures.record_apply_failure(callback, ValueError("the table is gone"))
    Failure.everything.update(attempts=1000)
    return lambda: failures.count_apply(callback)


def only_keeping(receive, stored, **_):
    receive(TRANSCRIPT, reference=MINE)
    callback = stored({**TRANSCRIPT, "timestamp": "2025-07-11T06:45:48Z"}, reference=THEIRS)
    failures.schedule_calls(callback, RECEIVERS)
    callback.contested_at = timezone.now()
    return lambda: contested.keep_unapplied(callback)


def expecting(receive, **_):
    receive(TRANSCRIPT, reference=THEIRS)
    return lambda: expect(conversation="c1", reference=MINE)


def holding(**_):
    return lambda: hold("c1", note="an open dispute")


def rebuilding(receive, **_):
    receive(TRANSCRIPT)
    Conversation.objects.update(transcript_as_of="9")
    return lambda: rebuild(C1)


def learning(receive, brand_new, **_):
    callback = receive(event(BRAND_NEW))
    brand_new()
    return lambda: reclassify(callback, announce=True)


def erasing_one(receive, **_):
    callback = receive(TRANSCRIPT)
    Failure.objects.create(callback=callback, receiver="shop.mail", exception="ValueError")
    return lambda: forgotten.erase(callback)


def remembering_that_they_are_forgotten(receive, **_):
    receive(TRANSCRIPT)
    subjects = [C1, Subject("conversation", "c2")]
    return lambda: erasing._remember_that_they_are_forgotten(subjects)


def aging(part):
    def aging(receive, hooks, **_):
        callback = receive(TRANSCRIPT)
        receive(shutdown())
        long_ago = timezone.now() - timedelta(days=400)
        Callback.objects.update(received_at=long_ago)
        Conversation.objects.update(ended_at=long_ago)
        Failure.objects.create(
            callback=callback, receiver="shop.mail", exception="ValueError", abandoned_at=long_ago
        )
        hooks(RETAIN={part: "300d"})
        return lambda: call_command("tavus_prune", stdout=StringIO())

    aging.__name__ = f"aging_{part}"
    return aging


STORIES = [
    applying,
    applying_what_gives_earlier_ones_back,
    noting_who_was_not_told,
    noting_that_the_tables_failed,
    noting_who_is_to_be_told,
    giving_up,
    only_keeping,
    expecting,
    holding,
    rebuilding,
    learning,
    erasing_one,
    remembering_that_they_are_forgotten,
    aging("bodies"),
    aging("transcripts"),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_cut_off_before_any_write_it_leaves_all_as_it_was(story, receive, stored, hooks, brand_new):
    act = story(receive=receive, stored=stored, hooks=hooks, brand_new=brand_new)
    before = everything()
    for number in count(1):
        with cut_off_before(number) as writes, suppress(CutOff):
            act()
            break
        assert everything() == before, writes
    assert len(writes) > 1, "one write needs nothing to hold it together"
    assert everything() != before


def test_forgetting_that_is_cut_off_leaves_a_body_and_what_came_of_it_or_neither(receive):
    """Each step is for good, and the next attempt takes those that are left."""
    seen = set()
    for number in count(1):
        subject = Subject("conversation", f"c_{number:03}")
        own = receive({**TRANSCRIPT, "conversation_id": subject.id})
        naming = receive({"event_type": BRAND_NEW, "began_in": subject.id})
        for callback in (own, naming):
            Failure.objects.create(callback=callback, receiver="shop.mail", exception="ValueError")
        with cut_off_before(number), suppress(CutOff):
            forget([subject])
            break
        of_own, of_naming = left_of(own), left_of(naming)
        of_own.add(Turn.objects.filter(conversation__conversation_id=subject.id).exists())
        assert [len(of_own), len(of_naming)] == [1, 1], number
        seen.add((of_own.pop(), of_naming.pop()))
    assert seen == {(True, True), (False, True)}
    assert left_of(naming) == {False}


def left_of(callback):
    """Whether its body is, and whether what failed with it is."""
    has_body = Callback.objects.filter(pk=callback.pk, pruned_at=None).exists()
    return {has_body, Failure.objects.filter(callback=callback).exists()}
