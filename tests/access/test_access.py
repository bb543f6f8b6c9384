"""One table says who may see what, and every interface keeps to it."""

import re

import pytest
from django.apps import apps as django_apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from tavus_hooks import access, actions
from tavus_hooks.actions import expect
from tavus_hooks.models import (
    Callback,
    Conversation,
    Failure,
    Note,
    Recording,
    RecordingOffset,
    Replica,
    ReplicaLabel,
    Tagging,
    Turn,
    Video,
)
from tavus_hooks.signals import callback_received
from tests.conftest import case, grant
from tests.factories import document, event, replica, transcript, video

pytestmark = pytest.mark.django_db

WORDS = {
    "body": "in the payload",
    "turns": "said in a turn",
    "perception_analysis": "seen by the camera",
    "events": "a guardrail tripped",
    "recordings": "AccessDenied",
    "s3_key": "place/of/recordings",
    "error": "raised by a receiver",
}
"""What is on a page when the field of that name is."""
DEEPER = {
    "storage_uri": "s3://uri-of-recordings",
    "bucket_name": "bucket-of-recordings",
    "tool_calls": "called by a tool",
    "text": "noted by a person",
}
"""What only some pages show."""
PERMISSIONS = [
    "view_callback",
    "view_conversation",
    "view_turn",
    "view_recording",
    "view_failure",
    "view_transcript",
    "view_note",
    "handle_callback",
]


@pytest.fixture
def said(receive):
    """A conversation with everything in it, and a receiver that fails."""

    def broken(**kwargs):
        raise RuntimeError(WORDS["error"])

    def happen(event_type, minute, **properties):
        at = f"2026-05-14T13:{minute:02}:14Z"
        return receive(event(event_type, timestamp=at, **properties))

    turn = {"content": WORDS["turns"], "tool_calls": [{"name": DEEPER["tool_calls"]}]}
    happen("application.transcription_ready", 1, transcript=[turn])
    happen("application.perception_analysis", 2, analysis=WORDS["perception_analysis"])
    happen("conversation.guardrail.triggered", 3, guardrail=WORDS["events"])
    place = {name: DEEPER[name] for name in ("storage_uri", "bucket_name")}
    happen("application.recording_ready", 4, s3_key=WORDS["s3_key"], **place)
    happen("application.recording_copy_failed", 5, s3_key="b", error_message=WORDS["recordings"])
    actions.note("c1", text=DEEPER["text"])
    callback_received.connect(broken, weak=False, dispatch_uid="tests.broken")
    try:
        return happen("x", 6, note=WORDS["body"])
    finally:
        callback_received.disconnect(dispatch_uid="tests.broken")


@pytest.fixture
def having(db):
    """A client of a new user with exactly these permissions of the app."""

    def having(*codenames, **fields):
        user = User.objects.create_user(f"user {User.objects.count()}", is_staff=True, **fields)
        grant(user, *codenames)
        client = Client()
        client.force_login(user)
        return client

    return having


ALL = frozenset(PERMISSIONS)
SETS = [
    frozenset(),
    ALL,
    *(ALL - {name} for name in PERMISSIONS),
    *(frozenset({"view_callback", "view_conversation", name}) for name in PERMISSIONS[2:]),
    frozenset({"view_callback", "view_conversation"}),
]


T, H, F = "view_transcript", "handle_callback", "view_failure"
TABLE = {
    "callback.body": {T},
    "callback.failures": {F},
    "callback.error": {F, H, T},
    "failure.message": {H, T},
    "failure.traceback": {H, T},
    "conversation.turns": {T},
    "conversation.perception_analysis": {T},
    "conversation.perception_unavailable": {T},
    "conversation.events": {"view_callback", T},
    "conversation.recordings": {"view_recording"},
    "recording.storage_uri": {T},
    "recording.bucket_name": {T},
    "recording.s3_key": {T},
    "turn.content": {T},
    "turn.tool_calls": {T},
    "searchtext.text": {T},
    "note.text": {T},
}


def test_the_table_asks_for_these_permissions():
    """As documented. A field that asks for less is a field that more people see."""
    found = {
        f"{model._meta.model_name}.{name}": {each.removeprefix("tavus_hooks.") for each in needed}
        for (model, name), needed in access.FIELDS.items()
    }
    assert found == TABLE


def expected(model, has):
    """The fields in `WORDS` that the table shows to a user who may view that model."""
    return {
        name
        for (of, name), needed in access.FIELDS.items()
        if of is model and name in WORDS and {access.view(of), *needed} <= has
    }


def test_each_door_shows_what_the_table_says(said, having):
    conversation = Conversation.objects.get()
    doors = {
        conversation.get_absolute_url(): Conversation,
        "/tavus/api/conversations/c1/": Conversation,
        reverse("admin:tavus_hooks_conversation_change", args=[conversation.pk]): Conversation,
        said.get_absolute_url(): Callback,
        f"/tavus/api/callbacks/{said.pk}/": Callback,
        reverse("admin:tavus_hooks_callback_change", args=[said.pk]): Callback,
    }
    for granted in SETS:
        client = having(*granted)
        for path, model in doors.items():
            with case(path, *sorted(granted)):
                answer = client.get(path)
                shows_what_the_table_says(answer, model, granted)


def shows_what_the_table_says(answer, model, granted):
    has = {f"tavus_hooks.{name}" for name in granted}
    if access.view(model) not in has:
        assert answer.status_code == 403
        assert access.view(model) in answer.text
        return
    assert answer.status_code == 200
    theirs = expected(model, has)
    if model is Conversation:
        theirs |= expected(Recording, has) if "recordings" in theirs else set()
    assert {name for name, words in WORDS.items() if words in answer.text} == theirs


def test_what_is_hidden_is_not_handed_to_the_template_either(said, having):
    """A host's own template may show whatever there is."""

    def told(path, *granted):
        context = having(*granted).get(path).context
        return {it.section.name: str(it.html) for it in [*context["side"], *context["main"]]}

    path = Conversation.objects.get().get_absolute_url()
    seen, hidden = told(path, *ALL), told(path, "view_conversation")
    assert WORDS["turns"] in seen["transcript"]
    assert WORDS["turns"] not in hidden["transcript"]
    assert {"recordings", "events"} <= seen.keys()
    assert not {"recordings", "events"} & hidden.keys()
    assert "failures" in told(said.get_absolute_url(), *ALL)
    assert "failures" not in told(said.get_absolute_url(), "view_callback")


def test_the_admin_says_what_it_takes_to_see_a_text(said, having):
    path = reverse("admin:tavus_hooks_conversation_change", args=[Conversation.objects.get().pk])
    analysis = having("view_conversation").get(path).text.partition("field-perception_analysis")[2]
    assert "you need tavus_hooks.view_transcript" in analysis.partition("field-")[0]


def test_what_only_some_pages_show_asks_for_the_transcript_there_as_well(said, having):
    conversation, turn = Conversation.objects.get(), Turn.objects.get()
    recording = Recording.objects.get(s3_key=WORDS["s3_key"])
    paths = [
        "/tavus/api/conversations/c1/",
        "/tavus/api/turns/",
        conversation.get_absolute_url(),
        reverse("admin:tavus_hooks_conversation_change", args=[conversation.pk]),
        reverse("admin:tavus_hooks_recording_change", args=[recording.pk]),
        reverse("admin:tavus_hooks_turn_change", args=[turn.pk]),
        reverse("admin:tavus_hooks_note_change", args=[Note.objects.get().pk]),
        reverse("admin:tavus_hooks_note_changelist"),
    ]

    def shown_to(client):
        pages = "".join(client.get(path).content.decode() for path in paths)
        return {name for name, words in DEEPER.items() if words in pages}

    assert shown_to(having(*ALL)) == {*DEEPER}
    assert shown_to(having(*ALL - {"view_transcript"})) == set()


def test_what_is_whole_asks_for_no_less_than_the_page(said, having):
    turn, recording = Turn.objects.get(), Recording.objects.first()
    failure = Failure.objects.get()
    wanted = {
        ("callback", said.pk, "body"): {"view_callback", "view_transcript"},
        ("turn", turn.pk, "content"): {"view_conversation", "view_transcript"},
        ("recording", recording.pk, "s3_key"): {"view_recording", "view_transcript"},
        ("failure", failure.pk, "traceback"): {
            "view_failure",
            "handle_callback",
            "view_transcript",
        },
    }
    for args, needed in wanted.items():
        for name in ("tavus_hooks:whole", "tavus_hooks:api:whole"):
            path = reverse(name, args=args)
            assert having(*needed).get(path).status_code == 200
            for missing in needed:
                assert having(*(ALL | needed) - {missing}).get(path).status_code == 403
            assert Client().get(path).status_code in {302, 401, 403}


def test_of_no_other_column_is_there_a_whole_text(said, having):
    client = having(*ALL, "view_video")
    for path in ("callback/1/digest", "video/1/video_id", "user/1/password", "refusal/1/reason"):
        for mount in ("/tavus/whole/", "/tavus/api/whole/"):
            assert client.get(f"{mount}{path}/").status_code in {403, 404}


def test_nobody_finds_out_by_a_lookup_what_they_may_not_see(said, having):
    client = having(*ALL - {"view_transcript"})
    for path, lookup in {
        "conversation": "perception_analysis__contains=seen",
        "failure": "traceback__contains=raised",
        "callback": "body__contains=in",
    }.items():
        answer = client.get(reverse(f"admin:tavus_hooks_{path}_changelist") + f"?{lookup}")
        assert answer.status_code in {302, 400}
    failures = reverse("admin:tavus_hooks_failure_changelist")
    subject = Failure.objects.first().callback.subject_id
    for user, searched, is_found in [
        (client, "raised", False),
        (client, "tests.BROKEN", True),
        (client, subject, True),
        (client, f"{subject}0", False),
        (having(*ALL), "raised", True),
    ]:
        with case(searched):
            found = user.get(failures, {"q": searched}).content.decode()
            assert ("tests.broken" in found.partition("result_list")[2]) is is_found


RELATIONS = {
    "conversation": [
        *("holds", "holds__isnull", "holds__pk", "expectation", "expectation__isnull"),
        *("turns__isnull", "recordings", "recordings__isnull", "recordings__s3_key__contains"),
        *("notes__isnull", "notes__text__contains", "taggings__tag__name__contains"),
    ],
    "callback": ["failures", "failures__isnull", "failures__receiver", "failures__exception"],
    "turn": ["conversation", "conversation_id", "conversation__isnull", "conversation__ended_at"],
    "expectation": ["pk", "conversation", "conversation__perception_analysis__contains"],
}


@pytest.mark.parametrize("name", RELATIONS)
def test_a_lookup_over_a_relation_asks_for_what_it_goes_through(name, said, having):
    own = {f"view_{name}", *(["view_transcript"] if name == "turn" else [])}
    client = having(*own)
    for lookup in RELATIONS[name]:
        value = {"isnull": "False", "ended_at": "2026-03-02T12:00:00Z"}.get(
            lookup.rpartition("__")[2], "1"
        )
        answer = client.get(reverse(f"admin:tavus_hooks_{name}_changelist"), {lookup: value})
        assert answer.status_code in {302, 400}, lookup


def test_a_lookup_over_a_relation_is_answered_to_users_who_may_see_it(said, having):
    row = Conversation.objects.get()
    for name, needed, asked in (
        ("conversation", ["view_hold"], {"holds__isnull": "True"}),
        ("conversation", ["view_recording", "view_transcript"], {"recordings__isnull": "False"}),
        ("turn", ["view_conversation", "view_transcript"], {"conversation": row.pk}),
        ("callback", ["view_failure"], {"failures__receiver": "tests.broken"}),
    ):
        client = having(f"view_{name}", *needed)
        answer = client.get(reverse(f"admin:tavus_hooks_{name}_changelist"), asked)
        assert answer.status_code == 200, asked
        assert answer.context["cl"].result_count > 0


def test_what_a_row_is_called_tells_nothing_that_asks_for_a_permission(said):
    """The admin writes it on many pages, and keeps it in its log."""
    for model in {of for of, _name in access.FIELDS}:
        for row in model._default_manager.all():
            told = [*WORDS.values(), *DEEPER.values()]
            assert not [words for words in told if words in str(row)]


def test_djangos_way_to_the_page_of_a_row_tells_no_more_than_which_keys_there_are(said, having):
    """`/admin/r/` asks for no permission, and sends on to what `get_absolute_url()` says."""
    client = having()
    for model in django_apps.get_app_config("tavus_hooks").get_models():
        kind = ContentType.objects.get_for_model(model)
        for row in model._base_manager.all():
            answer = client.get(f"/admin/r/{kind.pk}/{row.pk}/")
            if answer.status_code != 404:
                assert re.fullmatch(
                    rf"(http://testserver)?/tavus/\w+/{row.pk}/", answer["location"]
                )
                assert client.get(answer["location"]).status_code == 403


def test_what_failed_with_a_video_is_for_those_who_handle_callbacks(receive, having):
    """Its callbacks hold nothing that was said in a conversation."""

    def broken(**kwargs):
        raise RuntimeError(WORDS["error"])

    callback_received.connect(broken, weak=False, dispatch_uid="tests.broken")
    try:
        callback = receive(video(note=WORDS["body"]))
    finally:
        callback_received.disconnect(dispatch_uid="tests.broken")
    page = having(*ALL - {"view_transcript"}).get(callback.get_absolute_url()).content.decode()
    assert WORDS["error"] in page
    assert WORDS["body"] in page


def of_tenant(user, rows):
    """The rule of a host whose users have the name of their tenant."""
    return rows.filter(reference__startswith=f"tenant:{user.first_name}:")


@pytest.fixture
def tenants(hooks, receive, having):
    """Two of them, with the same things each; returns a client that may see all of the first."""
    hooks(VISIBLE_ROWS=f"{__name__}.of_tenant")

    def broken(**kwargs):
        raise RuntimeError

    callback_received.connect(broken, weak=False, dispatch_uid="tests.broken")
    try:
        for name in ("one", "two"):
            reference = f"tenant:{name}:1"
            for body in (
                video(f"v-{name}", status="error", replica_id="r-two"),
                replica(f"r-{name}", status="error"),
                document(f"d-{name}", status=f"s-{name}"),
                transcript(
                    {"content": f"t-{name}"}, conversation_id=f"c-{name}", replica_id="r-two"
                ),
                event("application.recording_ready", f"c-{name}", s3_key=f"k-{name}"),
            ):
                receive(body, reference=reference)
    finally:
        callback_received.disconnect(dispatch_uid="tests.broken")
    for name in ("one", "two"):
        recording = Recording.objects.get(conversation__conversation_id=f"c-{name}")
        actions.note(f"c-{name}", text=f"n-{name}")
        actions.tag(f"c-{name}", name=f"tag-{name}")
        actions.label(f"r-{name}", name=f"label-{name}")
        actions.set_offset(recording.pk, seconds=1, by=f"by-{name}")
    models = ("callback", "video", "replica", "conversation", "document", "turn", "recording")
    more = ("failure", "expectation", "refusal", *ENTERED)
    views = [f"view_{model}" for model in (*models, *more)]
    more = ("view_transcript", "handle_callback", "resolve_failure", "delete_callback")
    return having(*views, *more, first_name="one")


ENTERED = ("note", "tagging", "tag", "replicalabel", "recordingoffset")


def lists():
    for model in ("callback", "video", "replica", "conversation", "document"):
        yield reverse(f"tavus_hooks:{model}-list")
        yield reverse(f"tavus_hooks:api:{model}-list")
    yield reverse("tavus_hooks:index")
    yield reverse("tavus_hooks:api:turn-list")
    yield "/tavus/api/turns/?conversation_id=c-two"
    yield "/tavus/api/callbacks/?subject_type=conversation&subject_id=c-two"
    for model in ("callback", "video", "replica", "conversation", "document", "turn", "recording"):
        yield reverse(f"admin:tavus_hooks_{model}_changelist")
    yield reverse("admin:tavus_hooks_failure_changelist")
    yield reverse("admin:tavus_hooks_failure_groups")
    yield reverse("admin:tavus_hooks_expectation_changelist")
    for model in ENTERED:
        yield reverse(f"admin:tavus_hooks_{model}_changelist")


THEIRS = (
    *("v-two", "d-two", "s-two", "c-two", "t-two", "k-two", "tenant:two"),
    *("n-two", "tag-two", "label-two", "by-two"),
)


def test_each_sees_the_rows_of_theirs_alone(tenants):
    for path in lists():
        answer = tenants.get(path)
        assert answer.status_code == 200, path
        shown = answer.content.decode()
        assert not [words for words in THEIRS if words in shown], path
    assert "v-one" in tenants.get(reverse("tavus_hooks:video-list")).content.decode()
    assert "t-one" in tenants.get(reverse("admin:tavus_hooks_turn_changelist")).content.decode()
    for model, word in {"note": "n-one", "tagging": "tag-one", "replicalabel": "label-one"}.items():
        assert word in tenants.get(reverse(f"admin:tavus_hooks_{model}_changelist")).text
    assert len(tenants.get("/tavus/api/callbacks/").json()["results"]) == 5


def rows_of(name):
    entered = (Note, Tagging, RecordingOffset, ReplicaLabel)
    for model in (Video, Conversation, Callback, Turn, Recording, Failure, *entered):
        for row in model._default_manager.all():
            owner = getattr(row, "recording", row)
            for of in ("conversation", "callback", "replica"):
                owner = getattr(owner, of, owner)
            if owner.reference == f"tenant:{name}:1":
                yield row


def reverse_of(row):
    """The page of the admin."""
    return reverse(f"admin:tavus_hooks_{row._meta.model_name}_change", args=[row.pk])


def addresses(row):
    """Every page of a row, and every verb that is done to it."""
    model = row._meta.model_name
    for view in ("change", "delete", "history"):
        yield reverse(f"admin:tavus_hooks_{model}_{view}", args=[row.pk])
    if isinstance(row, Video | Conversation | Callback):
        yield row.get_absolute_url()
        key = row.pk if model == "callback" else getattr(row, row.ID_FIELD)
        yield reverse(f"tavus_hooks:api:{model}-detail", args=[key])
    if isinstance(row, Callback):
        yield reverse("admin:tavus_hooks_callback_handle", args=[row.pk])
    column = {Callback: "body", Turn: "content", Recording: "s3_key"}.get(type(row))
    if column:
        for name in ("tavus_hooks:whole", "tavus_hooks:api:whole"):
            yield reverse(name, args=[model, row.pk, column])
        yield reverse(f"admin:tavus_hooks_{model}_whole", args=[row.pk, column])


@pytest.mark.heavy
def test_nobody_gets_to_the_rows_of_others(tenants):
    for row in rows_of("two"):
        for path in addresses(row):
            assert tenants.get(path).status_code in {302, 403, 404}, path
    for row in rows_of("one"):
        for path in addresses(row):
            if "delete" not in path:
                assert tenants.get(path).status_code == 200, path
                shown = tenants.get(path).content.decode()
                assert not [words for words in THEIRS if words in shown], path


@pytest.fixture
def named_by_one(tenants, receive):
    """What the first tenant says about things of the second, and about what there is not."""
    callbacks = []
    for kind, of_two in (("video", "v-two"), ("replica", "r-two"), ("conversation", "c-two")):
        for number, told in enumerate((of_two, "zzzz")):
            body = {"event_type": f"x{number}", f"{kind}_id": told}
            callbacks.append(receive(body, reference="tenant:one:1"))
    return callbacks


def test_nobody_learns_whether_there_are_rows_of_others(named_by_one, tenants):
    for theirs, nobodys in zip(named_by_one[::2], named_by_one[1::2], strict=True):
        assert theirs.subject is not None
        assert nobodys.subject is None
        in_api, of_none = (
            tenants.get(f"/tavus/api/callbacks/{it.pk}/").json() for it in (theirs, nobodys)
        )
        assert in_api["subject"] is of_none["subject"] is None
        for view in ("change", "changelist"):
            args = [theirs.pk] if view == "change" else []
            page = tenants.get(reverse(f"admin:tavus_hooks_callback_{view}", args=args))
            assert reverse_of(theirs.subject) not in page.content.decode()
        page = tenants.get(reverse("tavus_hooks:callback-detail", args=[theirs.pk]))
        assert theirs.subject.get_absolute_url() not in page.content.decode()


def test_of_what_is_theirs_they_have_the_links(tenants):
    callback = Callback.objects.get(subject_id="v-one")
    assert tenants.get(f"/tavus/api/callbacks/{callback.pk}/").json()["subject"]
    page = tenants.get(reverse("admin:tavus_hooks_callback_change", args=[callback.pk]))
    assert reverse_of(callback.subject) in page.content.decode()
    page = tenants.get(reverse("admin:tavus_hooks_callback_changelist"))
    assert reverse_of(callback.subject) in page.content.decode()


def test_no_link_leads_to_a_replica_of_others(tenants):
    replica = Replica.objects.get(replica_id="r-two")
    for model in (Video, Conversation):
        row = model.objects.get(reference="tenant:one:1")
        name = model._meta.model_name
        assert row.replica_id == replica.replica_id
        for path in (
            reverse(f"admin:tavus_hooks_{name}_changelist"),
            reverse(f"admin:tavus_hooks_{name}_change", args=[row.pk]),
        ):
            page = tenants.get(path).content.decode()
            assert reverse_of(row) in page or "change" in path
            assert reverse_of(replica) not in page


def test_nobody_does_anything_to_the_rows_of_others(tenants):
    theirs = Callback.objects.filter(reference="tenant:two:1")
    before = list(theirs.order_by("pk").values())
    pks = list(theirs.values_list("pk", flat=True))
    path = reverse("admin:tavus_hooks_callback_changelist")
    for action in ("handle_again", "delete_selected"):
        data = {"action": action, "_selected_action": pks, "confirmed": "1", "post": "yes"}
        tenants.post(path, data)
    for pk in pks:
        tenants.post(reverse("admin:tavus_hooks_callback_handle", args=[pk]))
        tenants.post(reverse("admin:tavus_hooks_callback_delete", args=[pk]), {"post": "yes"})
    failures = Failure.objects.filter(callback__in=pks)
    failures.update(abandoned_at="2026-01-01T00:00:00Z")
    tenants.post(
        reverse("admin:tavus_hooks_failure_changelist"),
        {"action": "acknowledge", "_selected_action": list(failures.values_list("pk", flat=True))},
    )
    assert list(theirs.order_by("pk").values()) == before
    assert not failures.filter(acknowledged_at__isnull=False).exists()


LATER = "2024-08-29 10:00:00"
"""Than what the video of the second tenant says of itself."""


@pytest.fixture
def forged(tenants, receive):
    """What is posted to a URL of the first tenant about a video of the second."""
    expect(video="v-two", reference="tenant:two:1")
    expect(video="v-one", reference="tenant:one:1")
    forged = video("v-two", updated_at=LATER, hosted_url="https://evil.example/")
    return receive(forged, reference="tenant:one:1")


def handle_again(client, callback, *, selected):
    if not selected:
        path = reverse("admin:tavus_hooks_callback_handle", args=[callback.pk])
        return client.post(path, {"receiver": ""}, follow=True)
    data = {"action": "handle_again", "_selected_action": [callback.pk], "confirmed": "1"}
    return client.post(reverse("admin:tavus_hooks_callback_changelist"), data, follow=True)


@pytest.mark.parametrize("selected", [False, True])
def test_nobody_lets_in_what_is_contested_by_a_row_of_others(
    tenants, hooks, receive, forged, announced, selected
):
    hooks(CONTESTED="keep")
    again = receive({**forged.payload, "status": "deleted"}, reference="tenant:one:1")
    announced.clear()
    for callback in (again, forged):
        answer = handle_again(tenants, callback, selected=selected)
        assert "you may not see what it is about" in answer.content.decode()
    assert announced == []
    assert not Video.objects.filter(status="deleted").exists()


def test_nor_what_has_yet_to_be_seen_to_be_contested(tenants, hooks, receive, announced):
    expect(video="v-two", reference="tenant:two:1")
    hooks(CONTESTED="keep", DISPATCHER="deferred")
    forged = receive(video("v-two", updated_at=LATER), reference="tenant:one:1")
    announced.clear()
    assert not forged.is_contested
    answer = handle_again(tenants, forged, selected=False)
    assert "you may not see what it is about" in answer.content.decode()
    assert announced == []
    assert Video.objects.get(video_id="v-two").status == "error"


def test_the_plan_leaves_out_what_is_contested_by_a_row_of_others(tenants, forged):
    path = reverse("admin:tavus_hooks_callback_handle", args=[forged.pk])
    page = " ".join(tenants.get(path).content.decode().split())
    assert "1 that is contested, because you may not see what it is about." in page
    assert "There is nothing to handle." in page


def test_a_rule_is_asked_about_the_rows_of_what_is_contested_alone(forged, hooks, admin_user):
    """It may look into other tables, and takes its time each time."""
    hooks(VISIBLE_ROWS=f"{__name__}.noted_when_asked")
    asked.clear()
    assert access.replayable_if_contested(admin_user, [forged]) == {forged.pk}
    assert asked == [Video]


asked = []


def noted_when_asked(user, rows):
    asked.append(rows.model)
    return rows


def test_who_sees_both_lets_it_in(tenants, hooks, receive, admin_client, settings):
    hooks(CONTESTED="keep", VISIBLE_ROWS=f"{__name__}.all_for_the_boss")
    expect(video="v-two", reference="tenant:two:1")
    forged = receive(video("v-two", updated_at=LATER), reference="tenant:one:1")
    assert forged.is_contested
    handle_again(admin_client, forged, selected=False)
    assert Video.objects.get(video_id="v-two").status == "ready"


def all_for_the_boss(user, rows):
    return rows if user.is_superuser else of_tenant(user, rows)


def test_figures_of_the_whole_site_are_not_for_tenants(tenants, settings):
    assert tenants.get("/tavus/health/").status_code == 403
    refusals = tenants.get(reverse("admin:tavus_hooks_refusal_changelist"))
    assert "0 refusals" in refusals.content.decode()
