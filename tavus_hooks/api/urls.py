"""The URLs of the API, below `<mount>/api/`."""

from django.apps import apps
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from rest_framework.routers import DefaultRouter

from .callbacks import CallbackViewSet
from .conversations import ConversationViewSet
from .documents import DocumentViewSet
from .replicas import ReplicaViewSet
from .turns import TurnViewSet
from .videos import VideoViewSet
from .viewsets import RootView
from .whole import WholeView

app_name = "api"

if apps.is_installed("drf_spectacular"):
    from . import openapi as openapi


class IdConverter(StringConverter):
    """Ids come from outside: with slashes, dots or line breaks they must still have a URL."""

    # Without inline flags, which JavaScript lacks: OpenAPI schemas contain this pattern, too.
    regex = r"[\s\S]+"


register_converter(IdConverter, "tavus_hooks_id")


class Router(DefaultRouter):
    """Without format suffixes: `.json` may be the end of an id."""

    include_format_suffixes = False
    APIRootView = RootView


# By path, so that a schema can tell which ids are numbers.
router = Router(use_regex_path=False)
router.register("callbacks", CallbackViewSet)
router.register("videos", VideoViewSet)
router.register("replicas", ReplicaViewSet)
router.register("conversations", ConversationViewSet)
router.register("documents", DocumentViewSet)
router.register("turns", TurnViewSet)

urlpatterns = [
    path("whole/<str:model>/<int:pk>/<str:column>/", WholeView.as_view(), name="whole"),
    *router.urls,
]
