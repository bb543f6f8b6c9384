"""The addresses of the API, below `<mount>/api/`."""

from django.urls import path
from rest_framework.routers import DefaultRouter

from . import viewsets

app_name = "api"


class Router(DefaultRouter):
    """Without format suffixes: `.json` may be the end of an id."""

    include_format_suffixes = False
    APIRootView = viewsets.RootView


router = Router()
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
