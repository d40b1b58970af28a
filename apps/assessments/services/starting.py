"""From which month on a scheme may hold: after what is published or on somebody's desk, and before its figures are known."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, Scheme
from apps.assessments.selectors.bases import turn_of
from apps.assessments.services.checking import Problem
from apps.assessments.services.veto_grades import vetoes_without_grade
from apps.core.clock import local_date
from apps.core.month import Month
from apps.core.wording import day_text, month_text
from apps.periods.choices import FactKind
from apps.periods.selectors import month_answers

OVER = frozenset({"past_cut_off", "closed", "before_all"})
"""Answers of the calendar for a month whose values are all known."""
ON_DESK = frozenset({RunState.UNDER_REVIEW, RunState.APPROVED})


def start_problems(scheme: Scheme, *, at: datetime) -> list[Problem]:
    """Whether the scheme may begin when it says, asked AT a moment: after what is published or handed in, in a month whose
    figures are still to come, not before the one in force began, inside a running year only with a reason, and with the
    grades that running vetoes name.

    DOMAIN.md section 2: a change approved after the period closed applies from the next open period; only the GM has a
    month assessed anew. The first rules of all may begin in a month that is over, for no other rules assess it.
    """
    where, first = _("First month"), Month.of(scheme.valid.lower)
    found = []
    if scheme.valid.lower.day != 1:
        found.append(Problem(where, _("A scheme begins on the first day of a month.")))
    found += [Problem(where, text) for text in month_faults(scheme, first, at)]
    later = Scheme.objects.approved().filter(valid__startswith__gte=first.first_day).first()
    if later is not None:
        text = _("%(scheme)s is approved from %(month)s on: begin after that.")
        found.append(Problem(where, text % {"scheme": later, "month": month_text(Month.of(later.valid.lower))}))
    found += [Problem(_("Grades"), text, field="grades") for text in vetoes_without_grade(scheme, first=first)]
    turn = turn_of(scheme)
    if turn is not None and not scheme.note.strip():
        text = _(
            "%(scheme)s takes effect on %(day)s, inside the running year %(year)s: write under “Why it changes” the reason "
            "that departments read beside the old basis, or let it begin with the next year."
        )
        said = {"scheme": scheme, "day": day_text(first.first_day), "year": turn.year}
        found.append(Problem(_("Why it changes"), text % said, field="note"))
    return found


def month_faults(scheme: Scheme, first: Month, at: datetime) -> Iterator[str]:
    """Why FIRST cannot be the first month: one sentence, or none. At most four queries."""
    taken = taken_month()
    if taken is not None and first.first_day <= taken.month:
        month = Month.of(taken.month)
        words = {"month": month_text(month), "next": month_text(earliest_start(month.plus(1), at))}
        if taken.published_id is not None:
            text = _("%(month)s is published: let the scheme begin later, with %(next)s. What is published is not "
                     "assessed anew.")  # fmt: skip
        else:
            text = _("The scores of %(month)s are handed in: let the scheme begin later, with %(next)s, or have them "
                     "sent back first.")  # fmt: skip
        yield text % words
        return
    if not Scheme.objects.approved().exclude(pk=scheme.pk).exists():
        return
    if month_answers(FactKind.KPI_VALUES, [first], at)[first] in OVER:
        text = _("The cut-off for the values of %(month)s has passed, so its figures are known: let the scheme begin with "
                 "%(next)s or later. Back to %(month)s only the general manager can have scores revised.")  # fmt: skip
        yield text % {"month": month_text(first), "next": month_text(earliest_start(first.plus(1), at))}


def taken_month() -> AssessedMonth | None:
    """The latest month that is published, or whose scores are on somebody's desk. One query."""
    rows = AssessedMonth.objects.filter(Q(published__isnull=False) | Q(draft__state__in=ON_DESK))
    return rows.order_by("-month").first()


def earliest_start(least: Month, at: datetime) -> Month:
    """The first month from LEAST on whose figures are still to come."""
    today = Month.of(local_date(at))
    months = [month for month in (today.plus(n) for n in (-2, -1, 0)) if month >= least]
    answers = month_answers(FactKind.KPI_VALUES, months, at) if months else {}
    return next((month for month in months if answers[month] not in OVER), max(least, today))


def hold_from(first: Month) -> None:
    """Lock FIRST and every later month that was worked out, the earliest first: whoever hands in or publishes one of them
    waits, and is seen here once done. What is worked out meanwhile cannot be handed in by rules that are left. Inside a
    transaction."""
    list(AssessedMonth.objects.filter(month__gte=first.first_day).order_by("month").select_for_update())
