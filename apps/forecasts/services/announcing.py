"""Telling of an issue of the forecast: people where it holds early warnings, other systems in any case."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.accounts.selectors import open_accounts, users_with_capability
from apps.core.clock import local_date
from apps.core.month import Month
from apps.core.wording import month_text
from apps.forecasts.choices import WARNED
from apps.forecasts.models import ForecastIssue, SeriesForecast
from apps.forecasts.selectors.issues import warned_by
from apps.forecasts.services.assembling import ASSEMBLE_KIND
from apps.jobs.services import emit, enqueue_next
from apps.notifications.services import broadcast, emit_webhook
from apps.staff.choices import AppointmentRole
from apps.staff.selectors import leaders_of

ISSUED_TOPIC = "forecasts.issued"
NOTICE = "forecasts.early_warnings"


def announce_issue(*, issue: ForecastIssue, by: User | None, now: datetime) -> None:
    """Have people and systems told and the month's report put together, after the caller's commit.

    For whoever makes an issue the current one: call it in the same transaction.
    """
    month = Month.of(issue.month)
    emit(topic=ISSUED_TOPIC, key=f"{month}-{issue.version}", payload={"issue": issue.pk})
    enqueue_next(kind=ASSEMBLE_KIND, period=str(month), by=by, now=now)


def tell_issue(*, issue: ForecastIssue, now: datetime) -> Mapping[str, int]:
    """Tell the COO and the heads concerned of early warnings, and systems of the issue. Safe to repeat: keys keep each to
    once. Nobody is told of another's department: heads only hear that there is something for theirs."""
    month = Month.of(issue.month)
    facts = {
        "id": issue.pk,
        "month": str(month),
        "version": issue.version,
        "series": issue.series_count,
        "with_forecast": issue.told_count,
        "warnings": issue.warning_count,
        "issued_at": issue.issued_at.isoformat(),
    }
    called = emit_webhook(event=ISSUED_TOPIC, key=f"{month}-{issue.version}", payload=facts, now=now)
    return {"people": tell_warnings(issue, now=now) if issue.warning_count else 0, "systems": called}


def tell_warnings(issue: ForecastIssue, *, now: datetime) -> int:
    """The notices; how many people had not been told before. Set-based, however many departments are concerned."""
    month, key = Month.of(issue.month), f"forecast-{issue.month:%Y-%m}-{issue.version}"
    subject = ngettext(
        "The forecast after %(month)s holds one early warning",
        "The forecast after %(month)s holds %(count)s early warnings",
        issue.warning_count,
    )
    directors = users_with_capability("forecasts.issue")
    told = broadcast(
        users=directors,
        kind=NOTICE,
        subject=subject % {"month": month_text(month), "count": issue.warning_count},
        body=_("See what is expected to leave its target, and whose it is."),
        url="/forecasts/",
        key=key,
        now=now,
    )
    return told + broadcast(
        users=warned_heads(issue, now=now).exclude(pk__in=directors.values("pk")),
        kind=NOTICE,
        subject=_("The forecast after %(month)s holds an early warning for what you lead")
        % {"month": month_text(month)},
        body=_("See what is expected, and how sure that is."),
        url="/forecasts/",
        key=key,
        now=now,
    )


def warned_heads(issue: ForecastIssue, *, now: datetime) -> QuerySet[User]:
    """Open accounts of those who head a department with an early warning today; good news is none."""
    rows = warned_by(SeriesForecast.objects.filter(issue=issue, is_own=False), WARNED)
    departments = rows.order_by().values("department")
    heads = leaders_of(departments, local_date(now)).filter(role=AppointmentRole.HEAD)
    return open_accounts().filter(pk__in=heads.order_by().values("person__user"))
