"""Words for sentences: one place, in the reader's language."""

from django.utils.formats import date_format

from apps.core.month import Month


def month_text(month: Month) -> str:
    """A month in words: October 2026. Where a column is narrow, cells.month_text says Oct 2026."""
    return date_format(month.first_day, "F Y")
