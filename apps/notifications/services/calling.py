"""Outgoing calls that stay outside: the name is resolved once, checked, and the very address checked is the one called."""

import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from apps.notifications.rules import is_public
from apps.notifications.services.addressing import address_refusal

SECONDS = 5.0
MOST_BYTES = 1_048_576
EXCERPT_BYTES = 500


class CallFailed(Exception):
    """There was no usable answer; the text says why."""


class CallRefused(CallFailed):
    """The address may not be called at all."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the other side said."""

    status: int
    excerpt: str
    duration_ms: int


def post(*, url: str, body: bytes, headers: dict[str, str]) -> Answered:
    """POST BODY to URL: https, no redirects, 5 s for all of it, at most 1 MB each way, public addresses only."""
    if problem := address_refusal(url):
        raise CallRefused(problem)
    if len(body) > MOST_BYTES:
        raise CallRefused(_("The event is larger than 1 MB and was not sent."))
    parts = urlsplit(url)
    started = time.monotonic()
    line = _Line(parts, pinned_address(parts), deadline=started + SECONDS)
    try:
        with line:
            status, answer = line.post(parts, body, headers)
    except (TimeoutError, OSError, http.client.HTTPException, ValueError) as error:
        raise CallFailed(line.why(error)) from error
    excerpt = answer[:EXCERPT_BYTES].decode("utf-8", errors="replace").replace("\x00", "")
    return Answered(status=status, excerpt=excerpt, duration_ms=round((time.monotonic() - started) * 1000))


def pinned_address(parts: SplitResult) -> str:
    """The one address to call. Every address the name has must be public, unless the operator listed the host."""
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or _port(parts), type=socket.SOCK_STREAM)
    except OSError as error:
        raise CallFailed(_("The name %(host)s could not be resolved.") % {"host": host}) from error
    addresses = [str(entry[4][0]) for entry in found]
    inside = [address for address in addresses if not is_public(address)]
    if inside and host not in settings.WEBHOOK_ALLOWED_HOSTS:
        words = _("%(host)s leads to %(address)s, inside a private network: not called.")
        raise CallRefused(words % {"host": host, "address": inside[0]})
    return addresses[0]


def _port(parts: SplitResult) -> int:
    return 443 if parts.scheme == "https" else 80


class _Line:
    """One connection to a pinned address, cut off at its deadline whatever the other side does."""

    def __init__(self, parts: SplitResult, address: str, *, deadline: float) -> None:
        self.parts = parts
        self.address = address
        self.deadline = deadline
        self.is_cut = False
        self.socket: socket.socket | None = None
        # Socket timeouts start anew with each byte, so a drip of single bytes would hold the worker: the timer does not.
        self._timer = threading.Timer(max(0.01, deadline - time.monotonic()), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "_Line":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self.socket is not None:
            self.socket.close()

    def post(self, parts: SplitResult, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        host = parts.hostname or ""
        connection = http.client.HTTPConnection(host, parts.port or _port(parts), timeout=SECONDS)
        connection.sock = self.socket = self._open(host)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("POST", path, body=body, headers={**headers, "Host": parts.netloc, "Connection": "close"})
        response = connection.getresponse()
        answer = response.read(MOST_BYTES + 1)
        if self.is_cut:
            # Cut off while reading an answer of no announced length: what came so far looks like the whole.
            raise TimeoutError
        if len(answer) > MOST_BYTES:
            raise ValueError(_("The answer was larger than 1 MB."))
        return response.status, answer

    def _open(self, host: str) -> socket.socket:
        plain = socket.create_connection((self.address, self.parts.port or _port(self.parts)), timeout=SECONDS)
        self.socket = plain
        if self.parts.scheme != "https":
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)

    def _cut(self) -> None:
        self.is_cut = True
        if self.socket is not None:
            # Shut down first: a close alone does not wake a thread that reads.
            try:
                self.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    def why(self, error: Exception) -> str:
        """What went wrong, for the delivery log."""
        if self.is_cut or isinstance(error, TimeoutError):
            return _("No complete answer within %(seconds)s s.") % {"seconds": f"{SECONDS:.0f}"}
        if isinstance(error, ssl.SSLError):
            return _("The certificate or the encryption was not accepted: %(why)s.") % {"why": error.reason or error}
        return f"{type(error).__name__}: {error}"[:400]
