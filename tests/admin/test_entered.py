"""What people enter in the admin, who may, and that nothing gets to the rows of others."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.admin import AdminSite, site
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse

from tavus_hooks import actions
from tavus_hooks.access import visible
from tavus_hooks.actions import forget, hold, lift
from tavus_hooks.filters import page, search_filter
from tavus_hooks.maintenance.entered import entered_about
from tavus_hooks.models import (
    Callback,
    Conversation,
    Failure,
    FailureGroup,
    Note,
    Recording,
    RecordingOffset,
    Replica,
    ReplicaLabel,
    Tag,
    Tagging,
)
from tavus_hooks.models.entered import Entered
from tavus_hooks.models.subjects import Subject
from tests.badges import badges
from tests.conftest import case, grant
from tests.databases import connection, reading
from tests.factories import recording, replica, shutdown

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

TEXT = "<b>She</b> said: call me"


def address(model, view="changelist", *args):
    return reverse(f"admin:tavus_hooks_{model._meta.model_name}_{view}", args=args)


def page_of(row):
    return address(type(row), "change", row.pk)


@pytest.fixture(autouse=True)
def subjects(receive):
    for body in (shutdown("c1"), recording("c1"), replica("r1")):
        receive(body)


@pytest.fixture
def conversation():
    return Conversation.objects.get(conversation_id="c1")


def links(client, row, words):
    """The links on its page whose label begins with the words."""
    html = client.get(page_of(row)).text
    found = re.findall(rf'<a class="tavus-link" href="([^"]*)">{words}', html)
    return [unescape(each) for each in found]


def filled(client, link, **data):
    """Open the form behind a link, and send it with what stands in it and this."""
    html = client.get(link).text
    given = dict(re.findall(r'<input type="text" name="(\w+)" value="([^"]*)"', html))
    return client.post(link, {**{k: unescape(v) for k, v in given.items()}, **data})


ENTER = {
    "note": (Conversation, "Add a note", {"text": TEXT}),
    "tagging": (Conversation, "Tag it", {"name": TEXT}),
    "replicalabel": (Replica, "Label it", {"name": TEXT}),
    "recordingoffset": (Recording, "Set its offset", {"seconds": "-1.5"}),
}
OF = {Note: "text", ReplicaLabel: "name", RecordingOffset: "seconds"}
MODELS = {it._meta.model_name: it for it in (Note, Tagging, ReplicaLabel, RecordingOffset)}
SEE = ("view_conversation", "view_replica", "view_recording", "view_transcript")


@pytest.mark.parametrize("name", ENTER)
def test_a_link_leads_to_the_form_and_the_form_back_to_the_page(admin, name):
    owner, words, data = ENTER[name]
    row = owner.objects.get()
    [link] = links(admin, row, words)
    answer = filled(admin, link, **data)
    assert answer.status_code == 302, answer.text
    assert answer["Location"] == page_of(row)
    [entered] = MODELS[name].objects.all()
    assert entered.entered_by == "admin"
    shown = admin.get(page_of(row)).text
    assert "-1.5 s" in shown if name == "recordingoffset" else "&lt;b&gt;She&lt;/b&gt;" in shown
    assert "<b>She</b>" not in shown
    [entry] = LogEntry.objects.all()
    assert "She" not in f"{entry.object_repr}{entry.change_message}"
    assert "She" not in str(entered)


@pytest.mark.parametrize("name", ENTER)
def test_a_link_is_there_for_those_who_may_add_and_nobody_else_can(staff, name):
    owner, words, data = ENTER[name]
    row = owner.objects.get()
    for permissions, may in (
        ((*SEE, f"view_{name}", f"change_{name}"), False),
        ((*SEE, f"add_{name}"), True),
    ):
        client = staff(*permissions)
        assert bool(links(client, row, words)) is may
        url = f"{address(MODELS[name], 'add')}?{owner._meta.model_name}={row.pk}"
        assert client.get(url).status_code == (200 if may else 403)
        key = row.pk if owner is Recording else getattr(row, row.ID_FIELD)
        answer = client.post(url, {owner._meta.model_name: key, **data})
        assert answer.status_code == (302 if may else 403)
        assert MODELS[name].objects.exists() is may


@pytest.mark.parametrize("name", ENTER)
def test_who_may_not_see_what_it_is_about_enters_nothing(staff, name):
    owner, _, data = ENTER[name]
    lacking = {f"view_{owner._meta.model_name}"}
    lacking |= {"view_transcript"} if name == "note" else set()
    row = owner.objects.get()
    for each in lacking:
        client = staff(*({*SEE} - {each}), f"add_{name}", f"change_{name}", f"view_{name}")
        key = row.pk if owner is Recording else getattr(row, row.ID_FIELD)
        answer = client.post(address(MODELS[name], "add"), {owner._meta.model_name: key, **data})
        assert answer.status_code == 403, each
    assert not MODELS[name].objects.exists()


class TestChanging:
    @pytest.fixture
    def entered(self):
        found = Recording.objects.get()
        return {
            Note: actions.note("c1", text="before", by="ada"),
            ReplicaLabel: actions.label("r1", name="before", by="ada"),
            RecordingOffset: actions.set_offset(found.pk, seconds=1, by="ada"),
        }

    @pytest.mark.parametrize("model", OF)
    def test_what_was_entered_is_changed_and_becomes_that_of_who_did(self, admin, entered, model):
        row = entered[model]
        answer = admin.post(page_of(row), {OF[model]: "2"})
        assert answer.status_code == 302
        owner = (
            row.conversation
            if model is Note
            else row.recording
            if model is RecordingOffset
            else row.replica
        )
        assert answer["Location"] == page_of(owner)
        changed = model.objects.get()
        assert str(getattr(changed, OF[model])) in ("2", "2.0")
        assert (changed.pk, changed.entered_by) == (row.pk, "admin")
        assert changed.entered_at > row.entered_at

    @pytest.mark.parametrize("model", OF)
    def test_it_stays_about_the_same_row(self, admin, entered, receive, model):
        for body in (shutdown("c2"), recording("c2"), replica("r2")):
            receive(body)
        other = {"conversation": "c2", "replica": "r2", "recording": Recording.objects.first().pk}
        admin.post(page_of(entered[model]), {OF[model]: "2", **other, "entered_by": "eve"})
        changed = model.objects.get()
        assert str(changed) == str(entered[model])
        assert changed.entered_by == "admin"

    @pytest.mark.parametrize("model", OF)
    def test_without_the_permission_it_is_only_read(self, staff, entered, model):
        name, row = model._meta.model_name, entered[model]
        client = staff(*SEE, f"view_{name}", f"add_{name}", f"delete_{name}")
        html = client.get(page_of(row)).text
        assert 'name="_save"' not in html
        assert client.post(page_of(row), {OF[model]: "2"}).status_code == 403
        assert model.objects.get().entered_by == "ada"
        client = staff(*SEE, f"change_{name}")
        assert client.post(page_of(row), {OF[model]: "2"}).status_code == 302

    def test_from_the_page_of_its_replica_or_recording_it_is_changed(self, admin, staff, entered):
        for model, words in ((ReplicaLabel, "Change its label"), (RecordingOffset, "Change its")):
            row = entered[model]
            owner = row.replica if model is ReplicaLabel else row.recording
            assert links(admin, owner, words) == [page_of(row)]
            name = model._meta.model_name
            assert not links(staff(*SEE, f"view_{name}", f"add_{name}"), owner, "Change")

    def test_a_note_about_a_held_conversation_is_only_read_or_added(self, admin, entered):
        hold("c1", note="dispute")
        row = entered[Note]
        assert 'name="_save"' not in admin.get(page_of(row)).text
        assert admin.post(page_of(row), {"text": "2"}).status_code == 403
        assert Note.objects.get().text == "before"
        [link] = links(admin, row.conversation, "Add a note")
        assert filled(admin, link, text="after").status_code == 302
        lift("c1")
        assert admin.post(page_of(row), {"text": "2"}).status_code == 302

    def test_what_changed_since_the_form_was_checked_is_refused_and_said(
        self, admin, entered, monkeypatch
    ):
        """As when another user places a hold meanwhile."""

        def hold_first(number, **said):
            hold("c1", note="dispute")
            return actions.change_note(number, **said)

        monkeypatch.setattr("tavus_hooks.admin.note.change_note", hold_first)
        answer = admin.post(page_of(entered[Note]), {"text": "2"})
        assert answer.status_code == 403
        assert "c1 is held" in answer.text
        assert Note.objects.get().text == "before"


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("note", ["", " ", "x" * 5001, "a\x00b"]),
        ("tagging", ["", " ", "x" * 61, "a\x00b"]),
        ("replicalabel", ["", " ", "x" * 101, "a\x00b"]),
        ("recordingoffset", ["", "x", "nan", "inf", "86401"]),
    ],
    ids=ENTER,
)
def test_what_cannot_be_kept_is_asked_for_again(admin, name, texts):
    owner, _, usable = ENTER[name]
    [(entered, _)] = usable.items()
    field, row = owner._meta.model_name, owner.objects.get()
    for text in texts:
        with case(text):
            data = {field: key_of(row), entered: text}
            answer = admin.post(address(MODELS[name], "add"), data)
            assert answer.status_code == 200
            assert "errorlist" in answer.text
            assert not MODELS[name].objects.exists()


def key_of(row):
    return row.pk if isinstance(row, Recording) else getattr(row, row.ID_FIELD)


@pytest.mark.parametrize("name", ENTER)
def test_whatever_a_link_says_the_form_opens(admin, name):
    field = ENTER[name][0]._meta.model_name
    path = address(MODELS[name], "add")
    for key in ("", "0", "nothing", "9" * 30, "²", "-1", "\x00", "1 OR 1"):
        with case(key):
            answer = admin.get(path, {field: key})
            assert answer.status_code == 200
            assert f'name="{field}"' in answer.text
            assert admin.post(path, {field: key, **ENTER[name][2]}).status_code == 200


@pytest.mark.parametrize("name", ENTER)
def test_about_what_was_forgotten_nothing_can_be_entered(admin, name):
    owner, words, data = ENTER[name]
    row = owner.objects.get()
    forget([Subject("conversation", "c1"), Subject("replica", "r1")])
    assert not links(admin, row, words)
    field = owner._meta.model_name
    assert (
        f'value="{key_of(row)}"'
        not in admin.get(address(MODELS[name], "add"), {field: row.pk}).text
    )
    answer = admin.post(address(MODELS[name], "add"), {field: key_of(row), **data})
    assert "it was forgotten" in answer.text
    assert not MODELS[name].objects.exists()


def test_a_second_label_of_a_replica_is_no_row_of_its_own(admin):
    for name in ("Anna", "Bea"):
        answer = admin.post(address(ReplicaLabel, "add"), {"replica": "r1", "name": name})
    assert answer.status_code == 200
    assert "already exists" in answer.text
    assert ReplicaLabel.objects.get().name == "Anna"


class TestTags:
    def test_a_tag_is_renamed_for_all_and_to_no_other(self, admin):
        actions.tag("c1", name="vip")
        other = actions.tag("c1", name="other").tag
        assert admin.post(page_of(other), {"name": " billing  question"}).status_code == 302
        assert set(Tag.objects.values_list("name", flat=True)) == {"vip", "billing question"}
        answer = admin.post(page_of(other), {"name": "vip"})
        assert "already exists" in answer.text
        assert admin.get(address(Tag, "add")).status_code == 403

    def test_the_list_leads_to_its_conversations(self, page, admin, receive):
        for conversation_id in ("c2", "c3"):
            receive(shutdown(conversation_id))
        for conversation_id in ("c1", "c2"):
            for name in ("a & b", "other"):
                actions.tag(conversation_id, name=name)
        [(link, number), _] = re.findall(
            r'field-number"><a class="tavus-link" href="([^"]*)">(\d+)<', page("tag")
        )
        assert number == "2"
        listed = admin.get(unescape(link)).context["cl"].result_list
        assert {row.conversation_id for row in listed} == {"c1", "c2"}
        assert len(listed) == 2

    def test_conversations_are_filtered_by_them_for_those_who_may_view_them(self, staff, receive):
        receive(shutdown("c2"))
        actions.tag("c1", name="vip")
        path = address(Conversation)
        client = staff("view_conversation", "view_tagging")
        assert "?tag=vip" in client.get(path).text
        assert client.get(path, {"tag": "vip"}).context["cl"].result_count == 1
        assert client.get(path, {"tag": "nothing"}).context["cl"].result_count == 0
        client = staff("view_conversation", "view_tag")
        assert "?tag=vip" not in client.get(path).text
        assert client.get(path, {"tag": "vip"}).context["cl"].result_count == 0

    @pytest.mark.parametrize("selected", [True, False])
    def test_taken_from_the_last_conversation_it_is_gone(self, admin, staff, selected):
        row = actions.tag("c1", name="vip")
        path, data = address(Tagging, "delete", row.pk), {"post": "yes"}
        if selected:
            path = address(Tagging)
            data |= {"action": "delete_selected", "_selected_action": [row.pk]}
        staff(*SEE, "view_tagging").post(path, data)
        assert Tagging.objects.exists()
        assert admin.post(path, data).status_code == 302
        assert not Tag.objects.exists()

    def test_of_a_held_conversation_it_stays(self, admin):
        row = actions.tag("c1", name="vip")
        hold("c1", note="dispute")
        for each in (row, row.tag, actions.note("c1", text="x")):
            answer = admin.post(address(type(each), "delete", each.pk), {"post": "yes"})
            assert "Rows of held conversations, which cannot be deleted" in answer.text
            assert type(each).objects.filter(pk=each.pk).exists()


def test_notes_and_tags_stand_on_the_page_of_the_conversation_for_those_permitted(
    staff, conversation
):
    actions.note("c1", text=TEXT, by="ada")
    actions.tag("c1", name="vip", by="bob")
    see = ("view_conversation", "view_note", "view_tagging", "view_transcript")
    shown = staff(*see).get(page_of(conversation)).text
    assert "&lt;b&gt;She" in shown
    assert "vip" in shown
    shown = staff(*({*see} - {"view_transcript"})).get(page_of(conversation)).text
    assert "She" not in shown
    assert ">ada<" in shown.replace("\n", "")
    for lacking, word in (("view_note", "ada"), ("view_tagging", "vip")):
        assert word not in staff(*({*see} - {lacking})).get(page_of(conversation)).text


def test_a_deleted_conversation_takes_its_notes_along_if_they_may_be_deleted(staff, conversation):
    actions.note("c1", text=TEXT)
    actions.tag("c1", name="vip")
    may = ("view_conversation", "delete_conversation", "delete_recording", "delete_expectation")
    path = address(Conversation, "delete", conversation.pk)
    staff(*may).post(path, {"post": "yes"})
    assert Conversation.objects.exists()
    # What it takes to delete a note by itself.
    may = (*may, "delete_note", "delete_tagging", "view_transcript")
    page = staff(*may).get(path).text
    assert "Notes: 1" in page
    assert "She" not in page
    staff(*may).post(path, {"post": "yes"})
    assert not Conversation.objects.exists()
    assert not Note.objects.exists()
    assert not Tagging.objects.exists()


def of_tenant(user, rows):
    """The rule of a host whose users have the name of their tenant."""
    return rows.filter(reference=f"tenant:{user.first_name}")


REFUSED = {302, 403, 404, 405}
"""Django sends who asks for a row that is not there to the index."""


class TestTenants:
    MAY = [
        f"{verb}_{name}"
        for name in (*MODELS, "tag", "failuregroup")
        for verb in ("view", "add", "change", "delete")
    ]

    @pytest.fixture
    def tenant(self, hooks, receive):
        """A client that may do everything with what is of the first of two tenants."""
        hooks(VISIBLE_ROWS=f"{__name__}.of_tenant")
        for name in ("one", "two"):
            for body in (shutdown(f"c-{name}"), recording(f"c-{name}"), replica(f"r-{name}")):
                receive(body, reference=f"tenant:{name}")
        user = User.objects.create_user("tenant", first_name="one", is_staff=True)
        grant(user, *SEE, *self.MAY, "view_failure", "forget")
        client = Client()
        client.force_login(user)
        return client

    def row(self, owner, name):
        if owner is Recording:
            return Recording.objects.get(conversation__conversation_id=f"c-{name}")
        return owner.objects.get(**{owner.ID_FIELD: f"{owner.ID_FIELD[0]}-{name}"})

    @pytest.mark.parametrize("name", ["note", "tagging"])
    def test_a_search_does_not_tell_how_many_rows_others_have(self, tenant, name, monkeypatch):
        monkeypatch.setattr(search_filter, "MOST_KEYS", 8)
        monkeypatch.setattr(page, "LOOKED_THROUGH_ELSEWHERE", 1)
        own = self.row(Conversation, "one")
        for number in range(3):
            Note.objects.create(conversation=own, text="Hello")
            Tagging.objects.create(conversation=own, tag=Tag.objects.create(name=f"c-{number}"))

        def found():
            shown = tenant.get(address(MODELS[name], "changelist"), {"q": "c-"}).context_data["cl"]
            return shown.result_count, shown.bounds.is_all

        assert found() == (3, True)
        for number in range(10):
            theirs = Conversation.objects.create(
                conversation_id=f"c-other-{number}", reference="tenant:two"
            )
            tag = Tag.objects.create(name=f"c-other-{number}")
            Tagging.objects.create(conversation=theirs, tag=tag)
        assert found() == (3, True)

    @pytest.mark.parametrize("name", ENTER)
    def test_nobody_enters_anything_about_rows_of_others(self, tenant, name):
        owner, _, data = ENTER[name]
        field, add = owner._meta.model_name, address(MODELS[name], "add")
        theirs, own = self.row(owner, "two"), self.row(owner, "one")
        shown = tenant.get(add, {field: theirs.pk}).text
        no_row = theirs.pk + 1_000_000_000  # a number that stands nowhere else on the page
        nothing = tenant.get(add, {field: no_row}).text
        expected = without_token(nothing).replace(str(no_row), str(theirs.pk))
        assert without_token(shown) == expected
        answer = tenant.post(add, {field: key_of(theirs), **data})
        assert "There is no such row" in answer.text
        assert not MODELS[name].objects.exists()
        assert tenant.post(add, {field: key_of(own), **data}).status_code == 302
        assert MODELS[name].objects.exists()

    def test_nobody_sees_or_changes_what_was_entered_about_those(self, tenant):
        found = self.row(Recording, "two")
        entered = [
            actions.note("c-two", text=TEXT),
            actions.tag("c-two", name="vip"),
            actions.label("r-two", name=TEXT),
            actions.set_offset(found.pk, seconds=1),
        ]
        for row in entered:
            for view in ("change", "delete", "history"):
                path = address(type(row), view, row.pk)
                assert tenant.get(path).status_code in REFUSED
                assert tenant.post(path, {"post": "yes", "text": "x"}).status_code in REFUSED
            data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
            tenant.post(address(type(row)), data)
            assert type(row).objects.get() == row
            assert f"/{row.pk}/change/" not in tenant.get(address(type(row))).text

    def test_no_filter_names_tags_of_others(self, tenant):
        for name in ("one", "two"):
            actions.tag(f"c-{name}", name=f"tag-{name}")
        shown = tenant.get(address(Conversation)).text
        assert "?tag=tag-one" in shown
        assert "tag-two" not in shown

    def test_tags_and_groups_of_failures_are_of_the_site_as_a_whole(self, tenant, admin_user):
        row = actions.tag("c-one", name="vip").tag
        given = actions.mark("r", "E", state="resolved")
        for each in (row, given):
            assert tenant.get(page_of(each)).status_code in (302, 404)
            assert list(visible(admin_user, type(each).objects.all())) == [each]
        data = {"receiver": "r2", "exception": "E", "state": "resolved"}
        assert tenant.post(address(FailureGroup, "add"), data).status_code == 403
        assert FailureGroup.objects.count() == 1


def without_token(html):
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"', "", html)


@pytest.mark.parametrize("selected", [False, True])
def test_the_log_does_not_keep_the_name_of_a_replica_that_was_deleted(admin, selected):
    """Forgetting the replica afterwards does not find the entry."""
    actions.label("r1", name="Granny Smith")
    row = Replica.objects.get()
    if selected:
        data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        admin.post(address(Replica), data)
    else:
        admin.post(address(Replica, "delete", row.pk), {"post": "yes"})
    assert not Replica.objects.exists()
    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.object_id, entry.is_deletion()) == ("r1", str(row.pk), True)


def test_nothing_entered_about_a_held_conversation_changes(admin):
    name = actions.tag("c1", name="escalated").tag
    offset = actions.set_offset(Recording.objects.get().pk, seconds=7.4)
    hold("c1", note="A dispute.")
    assert admin.post(page_of(name), {"name": "solved"}).status_code == 403
    admin.post(address(RecordingOffset, "delete", offset.pk), {"post": "yes"})
    assert Tag.objects.get().name == "escalated"
    assert RecordingOffset.objects.exists()
    lift("c1")
    assert admin.post(page_of(name), {"name": "solved"}).status_code == 302
    assert Tag.objects.get().name == "solved"


def test_who_may_not_see_what_it_is_about_deletes_nothing(staff):
    actions.mark("shop.mail", "ValueError", state="resolved")
    rows = [
        (actions.note("c1", text="A note"), "note"),
        (actions.tag("c1", name="escalated"), "tagging"),
        (FailureGroup.objects.get(), "failuregroup"),
    ]
    for row, name in rows:
        client = staff(f"view_{name}", f"delete_{name}", "view_transcript", "delete_tag")
        url = address(type(row), "delete", row.pk)
        assert client.post(url, {"post": "yes"}).status_code == 403, name
        assert type(row).objects.exists()


def test_groups_are_listed_for_those_who_may_view_failures(staff):
    actions.mark("shop.mail", "ValueError", state="resolved")
    assert staff("view_failuregroup").get(address(FailureGroup)).status_code == 403
    both = staff("view_failuregroup", "view_failure").get(address(FailureGroup))
    assert "shop.mail" in both.text


def test_a_group_that_was_seen_again_says_so_in_its_own_list(admin, receive):
    given = actions.mark("shop.mail", "ValueError", state="resolved")
    Failure.objects.create(
        callback=Callback.objects.first(),
        receiver="shop.mail",
        exception="ValueError",
        last_at=given.entered_at + timedelta(minutes=1),
    )
    assert badges(admin.get(address(FailureGroup)).text) == [("seen again", "bad")]


def test_a_tag_that_is_not_offered_is_filtered_by_all_the_same(admin, staff):
    for client in (admin, staff("view_conversation")):
        listed = client.get(address(Conversation), {"tag": "nobody has it"}).context["cl"]
        assert listed.result_count == 0


def test_a_name_that_another_tag_has_is_an_error_of_the_form(admin):
    actions.tag("c1", name="a b")
    other = actions.tag("c1", name="c").tag
    answer = admin.post(page_of(other), {"name": "a   b"})
    assert answer.status_code == 200
    assert "already exists" in answer.text


def test_what_cannot_be_seen_is_no_label(admin):
    data = {"replica": "r1", "name": "\u200b"}
    assert admin.post(address(ReplicaLabel, "add"), data).status_code in (200, 403)
    assert not ReplicaLabel.objects.exists()


def test_long_notes_are_shown_whole_and_of_many_the_newest_with_a_link_to_all(
    admin, client, conversation
):
    text = "\n".join(f"line {number}" for number in range(200))
    actions.note("c1", text=text)
    assert "line 199" in admin.get(page_of(conversation)).text
    for number in range(51):
        actions.note("c1", text=f"note {number}.")
    html = admin.get(page_of(conversation)).text
    assert "note 50." in html
    assert "note 0." not in html
    url = re.search(r'href="([^"]*)">All notes<', html)[1]
    assert admin.get(url).context["cl"].result_count == 52


def test_an_offset_is_shown_to_the_last_digit(admin):
    recording_row = Recording.objects.get()
    actions.set_offset(recording_row.pk, seconds=3725.25)
    for html in (admin.get(page_of(recording_row)).text, admin.get(address(RecordingOffset)).text):
        assert "3725.25 s" in html


def test_pages_of_what_belongs_to_a_conversation_do_not_read_its_analysis(admin):
    row = actions.note("c1", text="A note")
    for its in (row, actions.tag("c1", name="escalated"), Recording.objects.get()):
        with CaptureQueriesContext(reading) as queries:
            assert admin.get(page_of(its)).status_code == 200
        assert not [it["sql"] for it in queries if "perception_analysis" in it["sql"]]


def test_replicas_in_a_menu_take_one_query_whatever_their_number(receive, rf, admin_user):
    request = rf.get("/")
    request.user = admin_user

    def queries():
        rows = site.get_model_admin(Replica).get_queryset(request)
        with CaptureQueriesContext(reading) as captured:
            assert list(map(str, rows))
        return len(captured)

    one = queries()
    for number in range(2, 6):
        receive(replica(f"r{number}"))
        actions.label(f"r{number}", name=f"Mara {number}")
    assert queries() == one == 1


def test_each_that_is_entered_is_erased_or_said_to_stay():
    """A new table of what people enter is told to `entered_about()`."""
    theirs = {
        rows.model for row in (Conversation(pk=1), Replica(pk=1)) for rows in entered_about(row)
    }
    stay = {FailureGroup}  # is about no person, and its form says so
    with_the_last = {Tag}
    assert theirs | stay | with_the_last == set(Entered.__subclasses__())


@pytest.mark.django_db(transaction=True)
def test_tags_are_taken_from_each_conversation_in_a_transaction_of_its_own(
    admin, receive, monkeypatch
):
    """One for several conversations could deadlock with forgetting one of them."""
    receive(shutdown("c2"))
    pks = [actions.tag(name, name="escalated").pk for name in ("c1", "c2")]
    within = []

    def untag(*args, **options):
        within.append(connection.in_atomic_block)
        return actions.untag(*args, **options)

    monkeypatch.setattr("tavus_hooks.admin.tag.untag", untag)
    data = {"action": "delete_selected", "_selected_action": pks, "post": "yes"}
    admin.post(address(Tagging), data)
    assert within == [False, False]
    assert not Tagging.objects.exists()


@pytest.mark.parametrize("model", [Note, Tagging, ReplicaLabel, RecordingOffset, FailureGroup])
def test_where_the_page_of_its_row_is_missing_a_form_leads_to_its_own_list(model, urlconf):
    alone = AdminSite("alone")
    alone.register(model, type(site.get_model_admin(model)))
    urlconf(path("alone/", alone.urls))
    row = model()
    for name in ("conversation", "replica", "recording"):
        if hasattr(model, name):
            setattr(row, name, model._meta.get_field(name).related_model.objects.first())
    answer = alone.get_model_admin(model).response_post_save_add(None, row)
    assert answer.url == f"/alone/tavus_hooks/{model._meta.model_name}/"
