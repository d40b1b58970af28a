"""API writes under an Idempotency-Key: sent again, they answer again, and take effect once."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import Refusal
from apps.jobs.services.idempotency import Answer, keep_answer, reserve_key

HEADER = "Idempotency-Key"
LONGEST_KEY = 200
KEPT_HEADERS = ("Location", "ETag")
FIRST_ERROR = 400

Method = Callable[..., Response]


class BadKey(Refusal):
    """The key is empty, too long or holds characters a header should not."""

    code = "bad_idempotency_key"


def idempotent(method: Method) -> Method:
    """Wrap a DRF view method that writes. With the header Idempotency-Key: once, whatever is sent again.

    The effect and the answer's row commit together, so a crash between them cannot happen. The same key with the same
    request gets the stored answer and `Idempotent-Replay: true`; with another request 422; while the first runs 409 with
    Retry-After. Answers that say no are not kept: nothing took effect, so the request may be mended and sent again under the
    same key. Without the header (or for nobody, who may not write anyway) the method simply runs.
    """

    @wraps(method)
    def once(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        user_id = request.user.pk
        if key is None or user_id is None:
            return method(self, request, *args, **kwargs)
        check_key(key)
        digest = digest_of(request)
        with transaction.atomic():
            known = reserve_key(user_id=user_id, key=key, digest=digest)
            if known is not None:
                headers = {**known.headers, "Idempotent-Replay": "true"}
                return Response(known.body, status=known.status, headers=headers)
            response = method(self, request, *args, **kwargs)
            if response.status_code >= FIRST_ERROR:
                transaction.set_rollback(True)
                return response
            keep_answer(user_id=user_id, key=key, digest=digest, answer=plain(response))
        return response

    once.is_idempotent = True  # type: ignore[attr-defined]  # the API description reads it
    return once


def check_key(key: str) -> None:
    """Refuse keys that are empty, over 200 characters or not printable ASCII."""
    if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        message = _("An Idempotency-Key is 1 to 200 printable ASCII characters. A UUID does well.")
        raise BadKey(message, field=HEADER)


def digest_of(request: Request) -> str:
    """What makes two requests the same: method, address, and the values sent (files by their content)."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    digest.update(json.dumps(_plain_data(request.data), sort_keys=True, default=str).encode())
    return digest.hexdigest()


def _plain_data(data: Any) -> Any:
    if hasattr(data, "lists"):
        return {name: [_plain_value(value) for value in values] for name, values in data.lists()}
    return {name: _plain_value(value) for name, value in data.items()} if isinstance(data, Mapping) else data


def _plain_value(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    content = hashlib.sha256()
    for chunk in value.chunks():
        content.update(chunk)
    value.seek(0)
    return [value.name, content.hexdigest()]


def plain(response: Response) -> Answer:
    """An answer as plain values, as its reader sees it."""
    body = None if response.data is None else json.loads(JSONRenderer().render(response.data))
    kept = {name: str(response.headers[name]) for name in KEPT_HEADERS if name in response.headers}
    return Answer(status=response.status_code, body=body, headers=kept)
