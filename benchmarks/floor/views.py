"""The view of a receiver that does nothing else."""

import json

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from .models import Received


@csrf_exempt
def receive(request: HttpRequest) -> JsonResponse:
    """One `json.loads`, one insert."""
    row = Received.objects.create(payload=json.loads(request.body))
    return JsonResponse({"id": row.pk})
