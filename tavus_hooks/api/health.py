"""How the inbox is doing, for monitors."""

from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from rest_framework.request import Request
from rest_framework.response import Response

from ..conf import conf
from ..health import exceeded, health
from ..models import Callback
from .permissions import ViewModelPermissions
from .viewsets import ReadingView


@method_decorator(never_cache, name="dispatch")
class HealthView(ReadingView):
    """The figures, and which of them are above their limit: 503 when any is."""

    permission_classes = [ViewModelPermissions]
    # Whose view permission is asked for.
    queryset = Callback.objects.all()

    def get(self, request: Request) -> Response:
        figures = health()
        found = exceeded(figures, conf.HEALTH_LIMITS)
        return Response({**figures, "exceeded": found}, status=503 if found else 200)
