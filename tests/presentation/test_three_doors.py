"""Pages, admin and API say the same of a row, to every kind of user."""

import re
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tavus_hooks.actions.hold import hold
from tavus_hooks.api.serializers import facts_of
from tavus_hooks.models import Callback, Conversation, Document, Hold, Replica, Video
from tavus_hooks.presentation import formats
from tavus_hooks.presentation.registry import presentation_of
from tavus_hooks.signals import video_ready
from tests.badges import badges
from tests.conftest import EVERY_SAMPLE, case
from tests.pages.details import facts
from tests.pages.reading import parsed, read
from tests.presentation.people import person

pytestmark = pytest.mark.django_db

MODELS = [Callback, Video, Replica, Conversation, Document]
VIEW = ["view_video", "view_replica", "view_document", "view_conversation", "view_callback"]
PEOPLE = {
    "superuser": (),
    "without transcripts": (*VIEW, "view_failure", "view_recording"),
    "with transcripts": (*VIEW, "view_transcript", "view_recording"),
    "on call": (*VIEW, "view_failure", "view_transcript", "handle_callback"),
}


@pytest.fixture(params=PEOPLE)
def reader(request):
    """A client of each kind of user, who may use the admin."""
    if request.param == "superuser":
        client = Client()
        client.force_login(User.objects.create_superuser("root"))
        return client
    return person(*PEOPLE[request.param], is_staff=True)


@pytest.fixture
def everything(receive, broken):
    """A row of each sample, a failure, and a callback that cannot be read."""
    for path in EVERY_SAMPLE:
        receive(path.read_bytes(), reference="shop.order:42")
    receive(b"{cut o")


@pytest.fixture
def broken(connect):
    def mail(**kwargs):
        raise RuntimeError("The mail server is gone")

    connect(video_ready, mail, "shop.mail")


def every_row():
    """Each model with each of its rows; of callbacks one of each kind and state."""
    for model in MODELS:
        rows = model.objects.all()
        if model is Callback:
            rows = {(it.kind, it.state): it for it in rows.with_state()}.values()
        assert rows
        for row in rows:
            yield model, row


def labels(model):
    """The labels of its fields, with the name that the API gives each."""
    return {field.label_for(model): field for field in presentation_of(model).fields.values()}


def in_admin(answer):
    """The labels of the admin's page, and what is said of each."""
    found = {}
    # The rest of the page is Django's, which does not close every tag.
    ours = re.search("<fieldset.*</fieldset>", answer.text, re.DOTALL)[0]
    for row in parsed(ours).all("div"):
        if "form-row" in row.classes and row.all("label"):
            readonly = [it for it in row.all("div") if "readonly" in it.classes]
            found.setdefault(row.all("label")[0].text.rstrip(":"), readonly[0])
    return found


def test_pages_admin_and_api_say_the_same(reader, everything):
    """Each is opened once for each row; what one says is compared with what the others say."""
    for model, row in every_row():
        with case(model.__name__, row.pk):
            page = read(reader.get(row.get_absolute_url()))
            name = f"admin:tavus_hooks_{model._meta.model_name}_change"
            admin = reader.get(reverse(name, args=[row.pk]))
            assert admin.status_code == 200
            assert_same_facts(model, facts(page), in_admin(admin))
            assert_same_sections(page, admin)
            key = row.pk if model is Callback else getattr(row, model.ID_FIELD)
            url = reverse(f"tavus_hooks:api:{model._meta.model_name}-detail", args=[key])
            assert_given_by_the_api(model, facts(page), reader.get(url).json())


def assert_same_facts(model, page, admin):
    known = labels(model)
    on_page = {label: it.text for label, it in page.items() if label in known}
    assert on_page
    assert {label: it.text for label, it in admin.items() if label in known} == on_page
    for label in on_page:
        assert tones(admin[label]) == tones(page[label]), label


def assert_same_sections(page, admin):
    on_page = [it.one("h2").text for it in page.all("article") if it.all("h2")]
    headings = re.findall(r"<h2[^>]*fieldset-heading[^>]*>(.*?)</h2>", admin.text, re.DOTALL)
    within_admin = [" ".join(re.sub("<[^>]*>", " ", it).split()) for it in headings]
    assert sorted(within_admin) == sorted(on_page) != []


def assert_given_by_the_api(model, page, answer):
    for name, field in facts_of(model, in_detail=True).items():
        label = field.label_for(model)
        if label not in page:
            continue
        shown = page[label].text
        if "To see this you need" in shown:
            assert name not in answer, label
            continue
        assert said(answer[name], field) in re.sub(r"\s+", " ", shown), label


def test_an_action_is_offered_where_there_is_one_and_to_whom_may_do_it(receive, everything):
    conversation = Conversation.objects.first()
    hold(conversation.conversation_id, note="A dispute.")
    url = reverse("admin:tavus_hooks_conversation_change", args=[conversation.pk])
    offered = {"Hold it …", f"Lift hold {Hold.objects.get().pk} …"}
    may = person(*VIEW, "forget", is_staff=True)
    assert {it for it in offered if f">{it}</a>" in may.get(url).text} == offered
    may_not = person(*VIEW, is_staff=True).get(url).text
    assert not [it for it in offered if it in may_not]
    assert not [it for it in offered if it in may.get(conversation.get_absolute_url()).text]


def tones(element):
    return [it.classes for it in element if "tavus-badge" in it.classes]


def said(value, field):
    """What a page has to contain for a value of the API."""
    match type(field).__name__:
        case "Moment" if value:
            html = formats.moment(datetime.fromisoformat(value))
            return re.sub("<[^>]*>", "", html)
        case "Duration" if value is not None:
            return formats.duration(value)
        case "Advice" if value:
            return value["advice"]
        case "Shutdown" if value:
            return value["sentence"]
        case "Percentage" if value is not None:
            return f"{value:g}"
        case "Row" | "About" | "Original" | "Key" | "Status":
            return ""  # by its name or in words
    if value is None or value == "":
        return formats.NOTHING
    return re.sub(r"\s+", " ", str(value)).strip()


def test_lists_show_the_same_badges(reader, everything):
    for model in MODELS:
        name = model._meta.model_name
        page = reader.get(reverse(f"tavus_hooks:{name}-list")).text
        admin = reader.get(reverse(f"admin:tavus_hooks_{name}_changelist")).text
        assert badges(page)
        listed = badges(admin)
        assert [it for it in badges(page) if it not in listed] == []
