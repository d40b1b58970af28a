"""The two clocks of a session: when it began, when it was last used. Kept in the session itself, as whole seconds."""

from datetime import datetime
from typing import Any

from django.conf import settings

BEGAN, SEEN = "began_at", "seen_at"
IDLE, OLD = "idle", "old"
TOUCH_EVERY = 60
FRESH_SECONDS = 300


def begin_session(request: Any, moment: datetime) -> None:
    """Start both clocks."""
    request.session[BEGAN] = request.session[SEEN] = int(moment.timestamp())


def is_fresh(session: Any, moment: datetime) -> bool:
    """Whether the person signed in only just now."""
    return bool(int(moment.timestamp()) - session.get(BEGAN, 0) < FRESH_SECONDS)


def why_ended(session: Any, moment: datetime) -> str:
    """IDLE or OLD when a limit has passed, empty while the session stands."""
    at = int(moment.timestamp())
    if at - session.get(BEGAN, at) > settings.SESSION_COOKIE_AGE:
        return OLD
    return IDLE if at - session.get(SEEN, at) > settings.SESSION_IDLE_SECONDS else ""


def touch_session(session: Any, moment: datetime) -> None:
    """Note that the person is there; written at most once a minute."""
    at = int(moment.timestamp())
    if BEGAN not in session:
        session[BEGAN] = session[SEEN] = at
    elif at - session.get(SEEN, 0) >= TOUCH_EVERY:
        session[SEEN] = at
