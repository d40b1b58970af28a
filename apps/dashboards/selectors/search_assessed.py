"""What the search finds of assessments and forecasts: months, rules, appeals, improvement plans, situation reports."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.assessments.models import Appeal, AssessedMonth, ImprovementPlan
from apps.assessments.selectors import visible_schemes
from apps.assessments.selectors.appeals import visible_appeals
from apps.assessments.selectors.improving import visible_plans
from apps.assessments.selectors.months import readable_months
from apps.core.month import Month
from apps.core.scope import Scope
from apps.dashboards.rules import MonthsAsked, months_asked
from apps.dashboards.selectors.hits import Hit, HitGroup
from apps.forecasts.selectors.reports import visible_reports

MOST_WORDS = 5


def assessed_groups(scope: Scope, text: str, limit: int) -> list[HitGroup]:
    """One group a kind; one query each, and none for what the words or the person's role rule out."""
    return [
        HitGroup(_("Assessed months"), month_hits(scope, text, limit)),
        HitGroup(_("Assessment rules"), scheme_hits(scope, text, limit)),
        HitGroup(_("Appeals"), appeal_hits(scope, text, limit)),
        HitGroup(_("Improvement plans"), plan_hits(scope, text, limit)),
        HitGroup(_("Situation reports"), report_hits(scope, text, limit)),
    ]


def asked_for(text: str, also: str = "") -> MonthsAsked | None:
    """The months that the words name in the reader's language."""
    names = {str(name): number for number, name in MONTHS.items()}
    return months_asked(text, names, also=also.split())


def in_months(asked: MonthsAsked) -> Q:
    """The condition on a column `month`."""
    rule = Q()
    if asked.numbers:
        rule &= Q(month__month__in=asked.numbers)
    if asked.years:
        rule &= Q(month__year__in=asked.years)
    if asked.whole:
        rule &= Q(month__in=[month.first_day for month in asked.whole])
    return rule


def with_words(rows: Any, text: str, fields: Sequence[str], number: str = "", called: str = "") -> Any:
    """ROWS that hold every word in one of FIELDS, or as their NUMBER; words by which the kind is CALLED hold for all."""
    names = called.casefold().split()
    for word in text.split()[:MOST_WORDS]:
        if word.casefold() in names:
            continue
        rule = Q()
        for field in fields:
            rule |= Q(**{f"{field}__icontains": word})
        if number and word.isascii() and word.isdecimal() and len(word) < 10:
            rule |= Q(**{number: int(word)})
        rows = rows.filter(rule)
    return rows


def named(day: date) -> str:
    """A month in words: May 2026."""
    return date_format(day, "F Y")


def noted(parts: Iterable[object]) -> str:
    """What stands under a hit."""
    return " · ".join(text for part in parts if (text := str(part)))


def month_hits(scope: Scope, text: str, limit: int) -> list[Hit]:
    """Assessed months by name (May, May 2026), by year, or as 2026-05."""
    asked = asked_for(text)
    if asked is None or not scope.may("assessments.view"):
        return []
    rows = readable_months(scope).filter(in_months(asked)).order_by("-month")[:limit]
    return [
        Hit(named(row.month), reverse("assessments:month", args=[Month.of(row.month)]), month_note(row), "scale")
        for row in rows
    ]


def month_note(row: AssessedMonth) -> str:
    """Where a month stands; a reader without drafts is only given months that are published."""
    run = row.published or row.draft
    return noted((f"{row.month:%Y-%m}", run.get_state_display() if run else ""))


def scheme_hits(scope: Scope, text: str, limit: int) -> list[Hit]:
    """Versions of the rules by name or number."""
    called = _("scheme rules version")
    found = with_words(visible_schemes(scope), text, ("name",), number="version", called=called)
    return [
        Hit(
            row.name,
            row.get_absolute_url(),
            noted((_("version %(n)s") % {"n": row.version}, row.get_state_display(), named(row.valid.lower))),
            "scale",
        )
        for row in found.order_by("-version")[:limit]
    ]


def appeal_hits(scope: Scope, text: str, limit: int) -> list[Hit]:
    """Appeals by department, person, indicator, number or their reason."""
    fields = ("department__name", "person__name", "indicator__name", "reason")
    found = with_words(visible_appeals(scope), text, fields, number="pk", called=_("appeal appeals"))
    rows = found.order_by("-filed_at", "-pk")[:limit]
    return [Hit(appeal_name(row), row.get_absolute_url(), appeal_note(row), "gavel") for row in rows]


def appeal_name(row: Appeal) -> str:
    """What an appeal is about."""
    about = row.person.name if row.person else row.department.name
    return f"{about}: {row.indicator.name}" if row.indicator else about


def appeal_note(row: Appeal) -> str:
    """Its number, month and state."""
    return noted((row, named(row.run.month), row.get_state_display()))


def plan_hits(scope: Scope, text: str, limit: int) -> list[Hit]:
    """Improvement plans by department, person or goals."""
    fields = ("department__name", "person__name", "goals")
    found = with_words(visible_plans(scope), text, fields, number="pk", called=_("improvement plan plans"))
    rows = found.order_by("-month", "-pk")[:limit]
    return [Hit(plan_name(row), row.get_absolute_url(), plan_note(row), "target") for row in rows]


def plan_name(row: ImprovementPlan) -> str:
    """Whom a plan is for."""
    return row.person.name if row.person else row.department.name


def plan_note(row: ImprovementPlan) -> str:
    """Its number, the month that led to it, and its state."""
    return noted((row, named(row.month), row.get_state_display()))


def report_hits(scope: Scope, text: str, limit: int) -> list[Hit]:
    """Situation reports by month, with or without the words of their name."""
    asked = asked_for(text, also=_("situation and outlook report"))
    if asked is None or not scope.may("forecasts.view"):
        return []
    rows = visible_reports(scope).filter(in_months(asked)).defer("content", "said")
    return [
        Hit(
            _("Situation report of %(month)s") % {"month": named(row.month)},
            reverse("forecasts:report", args=[row.pk]),
            noted((_("version %(n)s") % {"n": row.version}, row.get_state_display())),
            "file-text",
        )
        for row in rows.order_by("-month", "-version")[:limit]
    ]
