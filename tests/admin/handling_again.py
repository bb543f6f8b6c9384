"""How the tests choose callbacks to handle again."""

from django.urls import reverse

LIST = "/admin/tavus_hooks/callback/"
MAY = ("view_callback", "handle_callback")


def choose(client, *callbacks, **more):
    """Choose the action for these rows; return the answer."""
    data = {"action": "handle_again", "_selected_action": [row.pk for row in callbacks], **more}
    return client.post(LIST, data, follow=True)


def select(client, *callbacks, **more):
    """Choose the action for these rows and confirm it; return the texts of the messages."""
    return [text for _level, text in said(choose(client, *callbacks, confirmed="1", **more))]


def said(answer):
    return [(message.level_tag, str(message)) for message in answer.context["messages"]]


def page_of(callback):
    return reverse("admin:tavus_hooks_callback_handle", args=[callback.pk])
