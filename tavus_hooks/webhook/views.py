"""The view that Tavus posts to.

It is no view of Django REST framework, which would refuse unknown content types and so lose the
callback.
"""

import logging

from django.contrib.auth.decorators import login_not_required
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from .. import dispatchers, inbox
from ..address import Credential
from ..db.connection_guard import outside_transactions
from .delivery import Delivery, RefusedError
from .refusals import refusals
from .throttle import refuse_beyond_limit
from .verification import verify

logger = logging.getLogger(__name__)


@csrf_exempt
@login_not_required
@outside_transactions
@sensitive_variables()
def receive(request: HttpRequest, token: str = "") -> HttpResponse:
    """Store the callback, then answer 200, whether or not it can be handled."""
    delivery = Delivery(request, token)
    try:
        if request.method != "POST":
            raise RefusedError("method", "Only POST is taken.", status=405)
        verify(delivery)
        refuse_beyond_limit(delivery)
        content = delivery.content
        credential = delivery.credential or Credential(key_id="")
        dispatcher = dispatchers.current()
        callback = inbox.accept(
            content.body,
            remark=content.remark,
            unreadable=content.unreadable,
            reference=credential.reference,
            key_id=credential.key_id,
            url_id=credential.url_id,
            origin=delivery.origin,
            due_in=dispatcher.due_in,
            claimed=dispatcher.claimed,
        )
    except RefusedError as refused:
        return _refuse(delivery, refused)
    except Exception:
        logger.exception("callback could not be stored")
        return _answer(503, detail="It could not be stored; please send it again.")
    for error in dispatchers.dispatch(callback, dispatcher):
        _report(request, error)
    refusals.write_if_due()
    return _answer(200, callback=callback.pk, status="stored")


def _report(request: HttpRequest, error: BaseException) -> None:
    """Report an error of a receiver as Django reports one of a view, though the answer stays 200:
    error trackers listen for it, and the test client raises it in the host's test.
    """
    traceback = error.__traceback__
    try:
        raise error  # both look for it in sys.exc_info()
    except BaseException:
        error.__traceback__ = traceback  # without this frame, which knows the path
        got_request_exception.send_robust(sender=receive, request=request)


def _refuse(delivery: Delivery, refused: RefusedError) -> HttpResponse:
    try:
        _count(delivery, refused)
    except Exception:
        logger.exception("refusal could not be counted")
    answer = _answer(refused.status, detail=str(refused))
    if refused.status == 405:
        answer["Allow"] = "POST"
    if refused.status == 429:
        answer["Retry-After"] = "60"
    return answer


def _count(delivery: Delivery, refused: RefusedError) -> None:
    request = delivery.request
    declared = request.META.get("CONTENT_LENGTH", "")
    countable = declared.isascii() and declared.isdigit() and len(declared) < 19
    refusals.count(
        refused.reason,
        path=_shape(request.path, delivery.token),
        address=delivery.remote_address,
        size=int(declared) if countable else None,
    )
    refusals.write_if_due()


def _shape(path: str, token: str) -> str:
    """The path with the length of the token in its place."""
    return f"{path.rpartition(token)[0]}<{len(token)} characters>" if token else path


def _answer(status: int, /, **data: str | int) -> HttpResponse:
    answer = JsonResponse(data, status=status)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    # Any cache may keep a 405 unless it is told otherwise. Written as they are: the helpers of
    # django.utils.cache first read what stands there, which is nothing.
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Vary"] = "Cookie, Authorization"
    return answer
