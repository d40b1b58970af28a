"""The one source of the present moment. PORTAL_TODAY fixes the date (demo, tests); the time of day still runs."""

from datetime import UTC, date, datetime, time

from django.conf import settings


def now() -> datetime:
    """The present moment, aware, UTC."""
    if settings.FIXED_TODAY:
        fixed = date.fromisoformat(settings.FIXED_TODAY)
        return datetime.combine(fixed, time_of_day(), settings.COMPANY_ZONE).astimezone(UTC)
    return datetime.now(UTC)  # noqa: TID251 - one of the two allowed places


def time_of_day() -> time:
    """What the clocks of the company show, also on a fixed date. Tests have a clock of their own for this."""
    return datetime.now(settings.COMPANY_ZONE).time()  # noqa: TID251 - one of the two allowed places


def local_date(moment: datetime) -> date:
    """The calendar date of a moment in the company's time zone."""
    return moment.astimezone(settings.COMPANY_ZONE).date()


def today() -> date:
    """Today's date in the company's time zone."""
    return local_date(now())
