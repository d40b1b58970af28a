"""The one source of the present moment. PORTAL_TODAY fixes the date (demo, tests); the time of day still runs."""

from datetime import UTC, date, datetime

from django.conf import settings


def now() -> datetime:
    """The present moment, aware, UTC."""
    moment = datetime.now(UTC)  # noqa: TID251 - the one allowed place
    if settings.FIXED_TODAY:
        fixed = date.fromisoformat(settings.FIXED_TODAY)
        local = moment.astimezone(settings.COMPANY_ZONE)
        return local.replace(year=fixed.year, month=fixed.month, day=fixed.day).astimezone(UTC)
    return moment


def local_date(moment: datetime) -> date:
    """The calendar date of a moment in the company's time zone."""
    return moment.astimezone(settings.COMPANY_ZONE).date()


def today() -> date:
    """Today's date in the company's time zone."""
    return local_date(now())
