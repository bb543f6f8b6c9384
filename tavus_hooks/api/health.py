"""How the inbox is doing, for monitors."""

from typing import Any

from django.utils.crypto import constant_time_compare
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from ..conf import conf
from ..maintenance.health import exceeded, health
from ..models import Callback
from .permissions import SitePermissions
from .serializers import HealthSerializer
from .viewsets import ReadingView


class HealthView(ReadingView):
    """The figures, and which of them are above their limit: 503 when any is.

    For those who may view callbacks, and for a monitor that has one of `HEALTH_TOKENS`.
    """

    permission_classes = [SitePermissions]
    serializer_class = HealthSerializer
    # Whose view permission is asked for.
    queryset = Callback.objects.all()

    def get(self, request: Request) -> Response:
        figures = health()
        found = exceeded(figures, conf.HEALTH_LIMITS)
        answer = HealthSerializer({**figures, "exceeded": found})
        return Response(answer.data, status=503 if found else 200)

    def get_authenticators(self) -> list[BaseAuthentication]:
        # The host's would not know the token, and refuse it.
        return [] if self._has_token() else super().get_authenticators()

    def get_permissions(self) -> Any:
        return [] if self._has_token() else super().get_permissions()

    def _has_token(self) -> bool:
        # OpenAPI generators have no request.
        headers = getattr(self.request, "META", {})
        scheme, _, token = headers.get("HTTP_AUTHORIZATION", "").partition(" ")
        matches = [constant_time_compare(token, one) for one in conf.HEALTH_TOKENS]
        return scheme.lower() == "bearer" and any(matches)
