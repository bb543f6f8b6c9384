"""Everything lies below a language."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from project.urls import urlpatterns as demo

urlpatterns = i18n_patterns(path("deep/", include(demo)))


def handler500(request):
    raise RuntimeError("The error page is broken, too.")
