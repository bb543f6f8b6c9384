"""The addresses of the API, below `<mount>/api/`."""

from django.apps import apps
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from rest_framework.routers import DefaultRouter

from . import viewsets

app_name = "api"

if apps.is_installed("drf_spectacular"):
    from . import openapi as openapi


class IdConverter(StringConverter):
    """Ids come from outside: with slashes, dots or line breaks they must still have a URL."""

    # Without flags, which JavaScript does not know: it stands in OpenAPI schemas, too.
    regex = r"[\s\S]+"


register_converter(IdConverter, "tavus_hooks_id")


class Router(DefaultRouter):
    """Without format suffixes: `.json` may be the end of an id."""

    include_format_suffixes = False
    APIRootView = viewsets.RootView


# By path, so that a schema can tell which ids are numbers.
router = Router(use_regex_path=False)
router.register("callbacks", viewsets.CallbackViewSet)
router.register("videos", viewsets.VideoViewSet)
router.register("replicas", viewsets.ReplicaViewSet)
router.register("conversations", viewsets.ConversationViewSet)
router.register("documents", viewsets.DocumentViewSet)
router.register("turns", viewsets.TurnViewSet)

urlpatterns = [
    path("whole/<str:model>/<int:pk>/<str:column>/", viewsets.WholeView.as_view(), name="whole"),
    *router.urls,
]
