"""The figures of the inbox, for monitors."""

from typing import Any

from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from ..conf import conf
from ..maintenance.health import exceeded, health
from ..models import Callback
from .permissions import SitePermissions
from .viewsets import ReadingView


class HealthSerializer(serializers.Serializer):
    """The figures of the inbox: numbers of callbacks, and times in whole seconds."""

    waiting = serializers.IntegerField(read_only=True)
    retrying = serializers.IntegerField(read_only=True)
    abandoned = serializers.IntegerField(read_only=True)
    oldest_due_seconds = serializers.IntegerField(read_only=True)
    loop_unseen_seconds = serializers.IntegerField(read_only=True)
    received_last_hour = serializers.IntegerField(read_only=True)
    received_last_day = serializers.IntegerField(read_only=True)
    seconds_since_last = serializers.IntegerField(
        read_only=True, allow_null=True, help_text=_("Null if no callback was ever received.")
    )
    exceeded = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text=_("The figures above their limit, such as `oldest_due_seconds 1260 > 900`."),
    )

    class Meta:
        ref_name = "TavusHealth"


class HealthView(ReadingView):
    """The figures, and those above their limit: the status is 503 if there are any.

    Users need permission to view callbacks; a monitor needs one of `HEALTH_TOKENS`.
    """

    permission_classes = [SitePermissions]
    serializer_class = HealthSerializer
    # The model whose view permission is required.
    queryset = Callback.objects.all()

    def get(self, request: Request) -> Response:
        figures = health()
        found = exceeded(figures, conf.HEALTH_LIMITS)
        answer = HealthSerializer({**figures, "exceeded": found})
        return Response(answer.data, status=503 if found else 200)

    def get_authenticators(self) -> list[BaseAuthentication]:
        # The host's authenticators would refuse the token.
        return [] if self._has_token() else super().get_authenticators()

    def get_permissions(self) -> Any:
        return [] if self._has_token() else super().get_permissions()

    def _has_token(self) -> bool:
        # OpenAPI generators have no request.
        headers = getattr(self.request, "META", {})
        scheme, _, token = headers.get("HTTP_AUTHORIZATION", "").partition(" ")
        matches = [constant_time_compare(token, one) for one in conf.HEALTH_TOKENS]
        return scheme.lower() == "bearer" and any(matches)
