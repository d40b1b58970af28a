"""Words for sentences: one place, in the reader's language."""

from datetime import date

from django.utils.formats import date_format

from apps.core.month import Month


def month_text(month: Month) -> str:
    """A month in words: October 2026. Where a column is narrow, cells.month_text says Oct 2026."""
    return date_format(month.first_day, "F Y")


def day_text(day: date) -> str:
    """A day in words: 3 October 2026. Where a column is narrow, cells.day_text says 3 Oct 2026."""
    return date_format(day, "j F Y")
