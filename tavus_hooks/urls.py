"""The URLs that a host includes: `path("tavus/", include("tavus_hooks.urls"))`."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from . import pages
from .api.health import HealthView
from .webhook import views as receiver


class AnythingConverter:
    """Any text at all, slashes and line breaks included: a bad token is refused with 403."""

    regex = r"(?s:.+)"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(AnythingConverter, "tavus_hooks_anything")

app_name = "tavus_hooks"

urlpatterns: list[URLPattern | URLResolver] = [
    # With and without the slash: a redirected POST would lose its body.
    path("callbacks/<tavus_hooks_anything:token>/", receiver.receive, name="receive"),
    path("callbacks/<tavus_hooks_anything:token>", receiver.receive),
    path("callbacks/", receiver.receive, name="receive-without-token"),
    path("callbacks", receiver.receive),
    path("", pages.IndexPage.as_view(), name="index"),
    # Not at callbacks/: everything below that is a token.
    path("inbox/", pages.CallbackListPage.as_view(), name="callback-list"),
    path("inbox/<int:pk>/", pages.CallbackPage.as_view(), name="callback-detail"),
    path("videos/", pages.VideoListPage.as_view(), name="video-list"),
    path("videos/<int:pk>/", pages.VideoPage.as_view(), name="video-detail"),
    path("replicas/", pages.ReplicaListPage.as_view(), name="replica-list"),
    path("replicas/<int:pk>/", pages.ReplicaPage.as_view(), name="replica-detail"),
    path("conversations/", pages.ConversationListPage.as_view(), name="conversation-list"),
    path("conversations/<int:pk>/", pages.ConversationPage.as_view(), name="conversation-detail"),
    path("documents/", pages.DocumentListPage.as_view(), name="document-list"),
    path("documents/<int:pk>/", pages.DocumentPage.as_view(), name="document-detail"),
    path("search/", pages.SearchPage.as_view(), name="search"),
    path("whole/<str:model>/<int:pk>/<str:column>/", pages.WholePage.as_view(), name="whole"),
    path("health/", HealthView.as_view(), name="health"),
    path("api/", include("tavus_hooks.api.urls")),
]
