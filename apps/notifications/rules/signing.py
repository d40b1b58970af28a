"""How a webhook call is signed, so that its receiver can tell it is ours, whole and fresh."""

import hashlib
import hmac

REPLAY_SECONDS = 300


def signature(*, secret: str, timestamp: int, body: bytes) -> str:
    """Value of the Portal-Signature header: HMAC-SHA256 over `timestamp.body`."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def is_signed(*, secret: str, header: str, body: bytes, at: int) -> bool:
    """Whether HEADER is our signature of BODY and no older (or newer) than five minutes: what a receiver should check."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    stamp = parts.get("t", "")
    if not stamp.isdecimal() or abs(at - int(stamp)) > REPLAY_SECONDS:
        return False
    return hmac.compare_digest(signature(secret=secret, timestamp=int(stamp), body=body), header)
