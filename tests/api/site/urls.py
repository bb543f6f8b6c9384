"""The host's own endpoints have the names that the app's have, and choices that it has not."""

import sys

from django.urls import include, path
from rest_framework import generics, serializers
from rest_framework.routers import SimpleRouter

from project.urls import urlpatterns as demo
from tavus_hooks.api.videos import VideoSerializer as OurVideoSerializer
from tavus_hooks.api.videos import VideoViewSet
from tavus_hooks.models import Video


def rows_of(user, rows):
    """A rule that stands up for nobody."""
    if user.is_anonymous:
        sys.exit("The host's rule was asked about nobody.")
    return rows


def choice(*values):
    return serializers.ChoiceField([(value, value) for value in values])


class VideoSerializer(serializers.Serializer):
    status = choice("sold", "lent")
    state = choice("new", "used")
    kind = choice("tape", "disc")
    role = choice("lead", "extra")
    category = choice("drama", "comedy")


class CallbackSerializer(VideoSerializer):
    """The same choices in another component: no others of these names can be told from them."""


class VideoList(generics.ListAPIView):
    queryset = Video.objects.none()
    serializer_class = VideoSerializer
    # Which is not what is tested here.
    filter_backends = ()


class CallbackList(VideoList):
    serializer_class = CallbackSerializer


class FilmSerializer(OurVideoSerializer):
    class Meta(OurVideoSerializer.Meta):
        ref_name = "Film"


class FilmViewSet(VideoViewSet):
    serializer_class = FilmSerializer


# Made of one of the app's, as the documentation shows.
films = SimpleRouter()
films.register("films", FilmViewSet, basename="film")

urlpatterns = [
    *demo,
    path("my/", include(films.urls)),
    path("api/videos/", VideoList.as_view()),
    path("api/callbacks/", CallbackList.as_view()),
]
