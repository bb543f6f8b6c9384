"""The page of the search: what is typed into its box, and what it finds."""

import pytest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tavus_hooks import actions
from tavus_hooks.models import Conversation, Video
from tests.conftest import case
from tests.databases import reading
from tests.factories import document, joined, replica, video
from tests.pages.reading import read
from tests.search.conftest import ALL, links, marks, said, shown

# MariaDB's index holds what was committed, and nothing else.
pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_said_is_found_with_the_words_marked(receive, client):
    receive(said("My name is Ada", "What about the heliotrope, Ada?"))
    receive(said("Nothing of the kind", conversation_id="c2"))
    page = shown(client, "Heliotrope")
    assert links(page) == ["c1"]
    assert marks(page) == ["heliotrope"]
    [turn] = page.all("li", class_="tavus-turn tavus-turn-replica")
    assert turn.text == "Replica What about the heliotrope, Ada?"


def test_names_scripts_and_labels_are_found(receive, find):
    receive(video("v1", video_name="The spring garden", data={"script": "Dig a hole, then wait."}))
    receive(replica("r1", replica_name="Grace"))
    receive(replica("r2", replica_name="Ada"))
    receive(document("d1", document_name="gardening_rules.pdf"))
    actions.label("r2", name="The gardener")
    assert find("spring garden") == ["The spring garden"]
    assert find("hole") == ["The spring garden"]
    assert find("grace") == ["Grace"]
    assert find("gardener") == ["The gardener"]
    assert find("pdf") == ["gardening_rules.pdf"]


def test_of_names_and_scripts_the_last_word_may_be_cut_off(receive, find):
    receive(video("v1", video_name="The spring garden", data={"script": "Dig a hole, then wait."}))
    receive(replica("r1", replica_name="Ana the gardener"))
    receive(document("d1", document_name="GARDENING_rules.pdf"))
    receive(said("My gardens are dry"))
    assert sorted(find("gard")) == ["Ana the gardener", "GARDENING_rules.pdf", "The spring garden"]
    assert find("hol dig") == []
    assert find("dig hol") == ["The spring garden"]
    assert find("gardening_rul") == ["GARDENING_rules.pdf"]
    assert find("an") == find("arden") == []


def test_an_id_is_found_whole_and_by_its_beginning(receive, find):
    receive(video("v_one", video_name="First"))
    receive(video("v_other", video_name="Second"))
    receive(joined("c_one"))
    assert find("v_one") == ["First"]
    assert sorted(find("v_o")) == ["First", "Second"]
    assert find("c_on") == ["c_one"]
    assert find("_one") == []
    assert find("v%") == []


def test_all_words_are_needed_in_any_order_and_case(receive, find):
    receive(said("The old wall", "And a tall tree", conversation_id="c1"))
    receive(said("The old tree", conversation_id="c2"))
    assert sorted(find("old tree")) == ["c1", "c2"]
    assert find("TREE wall") == ["c1"]
    assert find("wall garden") == []
    assert find("tre") == []


def test_words_in_any_alphabet_are_found(receive, client):
    receive(said("Übermut tut selten gut", "Мама мыла раму", "l'École, «très» bien"))
    for word in ("übermut", "ÜBERMUT", "мыла", "МЫЛА", "école", "très"):
        with case(word):
            page = shown(client, word)
            assert links(page) == ["c1"]
            assert [it.lower() for it in marks(page)] == [word.lower()]


@pytest.mark.parametrize(
    "typed",
    [
        '"',
        "'",
        '"garden',
        "garden*",
        "+garden -garden",
        "(garden",
        "garden)",
        "garden AND",
        "OR NOT NEAR",
        "NEAR(garden)",
        "video_name:garden",
        "garden & | ! <-> :*",
        "@garden ~ <> \\",
        "{garden}^2",
        "%",
        "_",
        "%s %d %(x)s",
        "\x00",
        "gar\x00den",
        "\ud800",
        "; DROP TABLE x --",
        "\u0301 \u200b \U0001f600",
        "a",
        "the",
        "x" * 5000,
        "word " * 3000,
        "' OR 1=1 --",
    ],
    ids=lambda typed: ascii(typed)[:20],
)
def test_nothing_that_is_typed_is_an_operator_or_an_error(receive, client, typed):
    receive(video("v1", video_name="garden"))
    answer = client.get(reverse("tavus_hooks:search"), {"q": typed.encode(errors="replace")})
    assert answer.status_code == 200
    assert Video.objects.count() == 1


def test_punctuation_separates_words_in_texts_as_in_what_is_typed(receive, find):
    receive(video("v1", video_name="see https://example.net/spring-garden?x=y&z <b>bold</b>"))
    receive(video("v2", video_name="mail@example.org, 3.14; well-known..."))
    for typed in ("garden", "spring", "example.net", "bold", "spring-garden", '"spring" garden!'):
        with case(typed):
            assert [it[:9] for it in find(typed)] == ["see https"]
    for typed in ("mail", "known", "well-known", "example.org", "mail@example.org"):
        with case(typed):
            assert [it[:5] for it in find(typed)] == ["mail@"]


def test_the_best_come_first_and_at_most_twenty(receive, client, find):
    for number in range(22):
        receive(video(f"v{number:02}", video_name=f"garden {number} of a few"))
    receive(video("v_best", video_name="garden garden garden"))
    page = shown(client, "garden")
    assert len(links(page)) == 20
    assert links(page)[0] == "garden garden garden"
    assert "There are more." in page.text
    assert len(find("garden 7")) in (1, 20)  # MariaDB has no words of one character


def test_of_a_conversation_the_turns_with_most_of_the_words_are_shown(receive, client):
    filler = [f"Just the garden {number}" for number in range(9)]
    receive(said(*filler, "In my garden grows a heliotrope", *filler))
    page = shown(client, "garden heliotrope")
    turns = page.all("ol", class_="tavus-chat")[0].all("li")
    assert len(turns) == 3
    assert "In my garden grows a heliotrope" in turns[-1].text
    assert sorted(set(marks(page))) == ["garden", "heliotrope"]


def test_of_a_long_turn_an_excerpt_is_shown(receive, client):
    receive(said("before " * 100 + "heliotrope" + " after" * 100))
    [turn] = shown(client, "heliotrope").all("ol", class_="tavus-chat")[0].all("li")
    text = turn.text.removeprefix("User ")
    assert text.startswith("…")
    assert text.endswith("…")
    assert "before heliotrope after" in text
    assert len(text) < 300


def test_what_was_said_is_no_markup(receive, client):
    receive(said("<script>alert('heliotrope')</script> <mark>no</mark>"))
    answer = client.get(reverse("tavus_hooks:search"), {"q": "heliotrope"}).content.decode()
    assert "&lt;script&gt;alert(&#x27;<mark>heliotrope</mark>&#x27;)" in answer
    assert "<script>" not in answer


def test_prompts_and_tools_are_not_what_was_said(receive, find):
    receive(
        {
            **said("Hello"),
            "properties": {
                "transcript": [
                    {"role": "system", "content": "You are a heliotrope"},
                    {"role": "tool", "content": "heliotrope"},
                    {"role": "user", "content": "Hello"},
                ]
            },
        }
    )
    assert find("heliotrope") == []
    assert find("hello") == ["c1"]


def test_with_nothing_typed_there_is_only_the_box(receive, client):
    receive(video("v1", video_name="garden"))
    for typed in ("", "   "):
        page = shown(client, typed)
        [main] = page.all("main")
        assert main.all("article") == []
        assert main.one("input").attrs["name"] == "q"
    assert "Nothing matches." in shown(client, "heliotrope").text


def test_every_page_leads_to_it(receive, client):
    receive(video("v1"))
    for path in (reverse("tavus_hooks:index"), Video.objects.get().get_absolute_url()):
        form = read(client.get(path)).one("form", role="search")
        assert form.attrs["action"] == reverse("tavus_hooks:search")
        assert [it.attrs["name"] for it in form.all("input")] == ["q"]


@pytest.mark.one_database
def test_it_takes_at_most_twelve_queries(receive, client, hooks):
    hooks(ACCESS_LOG=True)
    for number in range(3):
        receive(said("In the garden", conversation_id=f"c{number}"))
        receive(video(f"v{number}", video_name="garden", replica_id="r1"))
        receive(replica(f"r{number}", replica_name="garden"))
        receive(document(f"d{number}", document_name="garden"))
    with CaptureQueriesContext(reading) as queries:
        page = shown(client, "garden")
    assert len(links(page)) == 12
    sent = [it["sql"] for it in queries if it["sql"].split()[0] not in ("BEGIN", "COMMIT")]
    assert len(sent) <= 12


def test_a_row_that_a_word_and_its_id_find_is_shown_once(receive, find):
    receive(video("garden", video_name="garden"))
    assert find("garden") == ["garden"]


def test_those_without_any_permission_are_told_which(searcher):
    answer = searcher().get(reverse("tavus_hooks:search"), {"q": "garden"})
    assert answer.status_code == 403
    assert "tavus_hooks.view_conversation" in answer.content.decode()


def test_visitors_are_sent_to_the_login(client):
    client.logout()
    assert client.get(reverse("tavus_hooks:search"), {"q": "x"}).status_code == 302


def test_only_what_the_user_may_view_is_found(receive, searcher, find):
    receive(said("garden"))
    receive(video("v1", video_name="garden"))
    only_videos = searcher("view_video", "view_transcript")
    assert find("garden", only_videos) == ["garden"]
    assert sorted(find("garden", searcher(*ALL))) == ["c1", "garden"]
    assert Conversation.objects.count() == 1
