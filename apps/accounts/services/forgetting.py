"""What signing in leaves behind, and for how long."""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.accounts.models import RateWindow, SignIn

KEEP_SIGN_INS = timedelta(days=400)
KEEP_FAILURES = timedelta(days=30)
KEEP_COUNTS = timedelta(hours=1)


def forget_old_access(*, now: datetime) -> int:
    """Remove ended sessions and their list, sign-ins after 400 days, failures after 30, counts after an hour. Who may:
    the nightly job. Gives the number of rows."""
    with transaction.atomic():
        sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
        alive = Session.objects.filter(session_key=OuterRef("session_key"))
        listed, _ = UserSession.objects.filter(~Exists(alive)).delete()
        sign_ins, _ = SignIn.objects.filter(at__lt=now - KEEP_SIGN_INS).delete()
        failures, _ = AccessAttempt.objects.filter(attempt_time__lt=now - KEEP_FAILURES).delete()
        counts, _ = RateWindow.objects.filter(started_at__lt=now - KEEP_COUNTS).delete()
    return int(sessions + listed + sign_ins + failures + counts)
