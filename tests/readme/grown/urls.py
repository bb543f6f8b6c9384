from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.http import HttpResponse
from django.urls import path, re_path


def page(request, name):
    return HttpResponse(f"The page {name!r} of a front end.")


urlpatterns = i18n_patterns(path("admin/", admin.site.urls))
urlpatterns += [re_path(r"^(?P<name>.*)$", page)]
