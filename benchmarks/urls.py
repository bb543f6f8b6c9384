"""The floor and the app."""

from django.urls import include, path

from .floor.views import receive

urlpatterns = [
    path("floor/", receive),
    path("tavus/", include("tavus_hooks.urls")),
]
