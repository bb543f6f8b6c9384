"""What drf-spectacular cannot tell from the views. Imported only where it is installed."""

from typing import Any

from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.plumbing import append_meta
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view

from ..presentation.whole import TRANSCRIPTS
from .health import HealthSerializer
from .pagination import Pages


class NullablePages(Pages):
    """`next` and `previous` may be null, which OpenAPI 3.1 spells differently than 3.0."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page: dict[str, Any] = super().get_paginated_response_schema(schema)
        fields = page["properties"]
        names = [name for name, field in fields.items() if field.get("nullable")]
        fields |= {name: append_meta(fields[name], {}) for name in names}
        return page


class ListingExtension(OpenApiViewExtension):
    """Sets operation ids: those made from the URL could equal those of the host's views."""

    target_class = "tavus_hooks.api.viewsets.ListingViewSet"
    match_subclasses = True

    def view_replacement(self) -> Any:
        view = _own(self.target, pagination_class=NullablePages)
        if self.target.__module__.rpartition(".")[0] != __package__:
            return view  # the host's subclass of one of our views
        name = f"tavus_{self.target.queryset.model._meta.model_name}s"
        actions = [it for it in ("list", "retrieve") if hasattr(self.target, it)]
        ids = {it: extend_schema(operation_id=f"{name}_{it}") for it in actions}
        return extend_schema_view(**ids)(view)


class HealthExtension(OpenApiViewExtension):
    """Both 200 and 503 answer with the figures."""

    target_class = "tavus_hooks.api.health.HealthView"

    def view_replacement(self) -> Any:
        too_much = OpenApiResponse(HealthSerializer, gettext_lazy("A figure is above its limit."))
        answers = {200: HealthSerializer, 503: too_much}
        get = extend_schema(operation_id="tavus_health", responses=answers)
        return extend_schema_view(get=get)(_own(self.target))


class WholeExtension(OpenApiViewExtension):
    """Answers with text or bytes, not with JSON."""

    target_class = "tavus_hooks.api.whole.WholeView"

    def view_replacement(self) -> Any:
        types = {"text/plain", *(file.content_type for file in TRANSCRIPTS.values())}
        text = {(200, content_type): OpenApiTypes.STR for content_type in sorted(types)}
        body = {(200, "application/octet-stream"): OpenApiTypes.BINARY}
        get = extend_schema(operation_id="tavus_whole", responses=text | body)
        return extend_schema_view(get=get)(_own(self.target))


def _own(view: Any, **attributes: Any) -> Any:
    """A subclass of the view, which can be changed without changing the view."""
    return type(view.__name__, (view,), attributes)
