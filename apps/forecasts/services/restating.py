"""What was restated since a report was put together, in words: on its page, on paper, in the workbook."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core.month import Month
from apps.core.wording import month_text
from apps.forecasts.rules.sentences import restated_sentence
from apps.forecasts.selectors.restated import Appendix, Restated
from apps.forecasts.services.wording import written
from apps.kpis.choices import Status
from apps.kpis.rules.showing import figure

MOST_SHOWN = 60
"""Lines on a page and on paper; the workbook holds all of them."""
MOST_PLACES = 10
"""Places of a stored value."""
WHATS = {
    "value": gettext_lazy("%(name)s of %(place)s"),
    "earlier": gettext_lazy("%(name)s of %(place)s in %(month)s"),
    "weight": gettext_lazy("What %(name)s of %(place)s weighs in %(month)s"),
    "target": gettext_lazy("The target of %(name)s of %(place)s"),
    "upper": gettext_lazy("The upper end of the target of %(name)s of %(place)s"),
    "status": gettext_lazy("The state of %(name)s of %(place)s"),
    "heads_planned": gettext_lazy("The planned headcount of %(place)s"),
    "opening": gettext_lazy("The company’s headcount at the beginning of %(month)s"),
    "joined": gettext_lazy("The number of people who joined the company in %(month)s"),
    "left": gettext_lazy("The number of people who left the company in %(month)s"),
    "closing": gettext_lazy("The company’s headcount at the end of %(month)s"),
    "planned": gettext_lazy("The company’s planned headcount in %(month)s"),
    "left_year": gettext_lazy("The number of people who left the company in the year to %(month)s"),
    "turnover": gettext_lazy("The company’s turnover in the year to %(month)s"),
    "issue": gettext_lazy("The forecast the report rests on"),
}
"""What a figure is, by its part. Of other months than the report's a value is `earlier`, of a department's plan it is
`heads_planned`."""


def restated_text(one: Restated, report_month: Month) -> str:
    """A figure that is another today, in a sentence."""
    was, now = both_texts(one)
    on = day_text(one.changed_at) if one.changed_at else ""
    return written(restated_sentence(what_text(one, report_month), was=was, now=now, on=on))


def what_text(one: Restated, report_month: Month) -> str:
    """Which figure it is."""
    code = one.part
    if code == "value" and one.month != report_month:
        code = "earlier"
    elif code == "target" and one.kind == "headcount":
        code = "heads_planned"
    return str(WHATS[code]) % {"name": one.name, "place": one.place_name, "month": month_text(one.month)}


def both_texts(one: Restated) -> tuple[str, str]:
    """Both figures as people read them; with more places where the usual ones would show no difference."""
    if one.part == "status":
        was, now = (str(Status(str(light)).label) if light else "" for light in (one.was, one.now))
        return was, now
    if one.part == "issue":
        return issue_text(one.was), issue_text(one.now)
    unit = "" if one.part == "weight" else one.unit
    for decimals in range(one.decimals, MOST_PLACES + 1):
        was, now = (figure(value, decimals=decimals, unit=unit) for value in (one.was, one.now))  # type: ignore[arg-type]
        if was != now:
            break
    return was, now


def issue_text(words: Any) -> str:
    """An issue in words: that after May 2026, version 2."""
    if not words:
        return ""
    month, _version, number = str(words).split()
    values = {"month": month_text(Month.parse(month)), "number": number}
    return _("that after %(month)s, version %(number)s") % values


def appendix_heading(appendix: Appendix) -> str:
    """How many figures are others, and as of when."""
    count, moment = len(appendix.figures), moment_text(appendix.as_of)
    if not count:
        return _("As of %(moment)s no figure of this report has been restated.") % {"moment": moment}
    words = ngettext(
        "As of %(moment)s one figure has been restated since the report was put together. It stays as it is.",
        "As of %(moment)s %(count)s figures have been restated since the report was put together. It stays as it is.",
        count,
    )
    return words % {"moment": moment, "count": f"{count:,}"}


def shown_texts(figures: Sequence[Restated], report_month: Month) -> tuple[list[str], int]:
    """(sentences on the first MOST_SHOWN, how many more there are)."""
    return [restated_text(one, report_month) for one in figures[:MOST_SHOWN]], max(0, len(figures) - MOST_SHOWN)


def day_text(moment: datetime) -> str:
    """A day in the company's zone."""
    return date_format(moment.astimezone(settings.COMPANY_ZONE), "j M Y")


def moment_text(moment: datetime) -> str:
    """A minute in the company's zone."""
    return date_format(moment.astimezone(settings.COMPANY_ZONE), "j F Y, H:i")
