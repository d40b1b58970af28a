"""What the person is to do, with the way there: the first block of the home page for whoever has something open."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.assessments.selectors.to_do import ToDo, to_do_of
from apps.core.clock import local_date
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.core.wording import month_text
from apps.kpis.selectors.reporting import missing_count
from apps.kpis.selectors.waiting import waiting_values
from apps.periods.choices import FactKind
from apps.periods.selectors import cut_offs_of


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do."""

    label: str
    url: str
    due_on: date | None = None
    """Its last day; None where there is none."""


def tasks_of(*, scope: Scope, user: User, now: datetime) -> list[Task]:
    """Everything open that is this person's to do, what has a day first. 40 queries at most, whatever is open.

    Reports and values are asked for the month before the present, until their cut-offs: then they can only be corrected.
    """
    today = local_date(now)
    former = Month.of(today).plus(-1)
    closing = {kind: cut_offs_of(kind, [former]).get(former) for kind in (FactKind.KPI_VALUES, FactKind.REPORTS)}
    due = {kind: local_date(moment) for kind, moment in closing.items() if moment and now <= moment}
    found = to_do_of(scope=scope, user=user, month=former, today=today)
    return [*reporting(scope, former, found.reports, due), *deciding(scope, found, today)]


def reporting(scope: Scope, month: Month, reports: int, due: Mapping[FactKind, date]) -> Iterator[Task]:
    """What the departments led owe for the month, of the kinds still taken, which are DUE on their days. Company-wide
    readers owe nothing: the boards say whose it is."""
    if scope.reach is not Reach.DEPARTMENTS:
        return
    words = {"month": month_text(month)}
    values_due, reports_due = due.get(FactKind.KPI_VALUES), due.get(FactKind.REPORTS)
    if values_due and scope.may("kpis.record") and (count := missing_count(scope, month)):
        text = ngettext("%(count)s KPI has no value of %(month)s", "%(count)s KPIs have no value of %(month)s", count)
        yield Task(text % {**words, "count": count}, f"{reverse('kpis:entry')}?month={month}", values_due)
    if reports_due and reports:
        text = ngettext("%(count)s report of %(month)s is open", "%(count)s reports of %(month)s are open", reports)
        url = reverse("assessments:entries", args=[month])
        yield Task(text % {**words, "count": reports}, f"{url}?state=open", reports_due)


def deciding(scope: Scope, found: ToDo, today: date) -> Iterator[Task]:
    """What waits for a word of this person."""
    if count := found.ratings:
        text = ngettext("%(count)s department to rate", "%(count)s departments to rate", count)
        yield Task(text % {"count": count}, reverse("assessments:ratings", args=[Month.of(today).plus(-1)]))
    if count := found.appraisals:
        text = ngettext(
            "%(count)s person's part of the score to give", "%(count)s people's part of the score to give", count
        )
        yield Task(text % {"count": count}, reverse("assessments:appraise", args=[Month.of(today).plus(-1)]))
    if count := waiting_values(scope).count():
        text = ngettext("%(count)s value to approve", "%(count)s values to approve", count)
        yield Task(text % {"count": count}, reverse("kpis:waiting"))
    if count := found.claims:
        text = ngettext(
            "%(count)s bonus, deduction, veto or exemption to decide on",
            "%(count)s bonuses, deductions, vetoes or exemptions to decide on",
            count,
        )
        yield Task(text % {"count": count}, f"{reverse('assessments:adjustments')}?state=proposed")
    if count := found.appeals:
        text = ngettext("%(count)s appeal to answer", "%(count)s appeals to answer", count)
        yield Task(text % {"count": count}, reverse("assessments:appeals"))
    for month, count in found.rewards.items():
        text = ngettext(
            "%(count)s reward of %(month)s to decide on", "%(count)s rewards of %(month)s to decide on", count
        )
        words = {"count": count, "month": month_text(month)}
        yield Task(text % words, reverse("assessments:rewards", args=[month]))
    if count := found.nominations:
        text = ngettext("%(count)s nomination to decide on", "%(count)s nominations to decide on", count)
        yield Task(text % {"count": count}, f"{reverse('assessments:nominations')}?state=proposed")
