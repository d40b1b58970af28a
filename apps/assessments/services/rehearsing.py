"""Rehearsals: what a scheme would have made of months that are published. A job, month by month; nothing becomes a score."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from copy import copy
from datetime import date, datetime

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assessments.choices import Method, RehearsalState, RunState, SchemeState
from apps.assessments.models import Indicator, Rehearsal, RehearsedScore, Scheme, Score, ScoreRun
from apps.assessments.selectors.raters import raters_in
from apps.assessments.services.checking import problems_of
from apps.assessments.services.copying import NOTHING, copy_text
from apps.assessments.services.judging import Judged
from apps.assessments.services.refusals import NothingToRehearse, RehearsalStale, SchemeNotReady
from apps.assessments.services.rehearsing_people import PERSON_COLUMNS, person_rows
from apps.assessments.services.retracing import retraced_month
from apps.assessments.services.storing import copy_rows, hundredths
from apps.assessments.services.veto_grades import vetoes_without_grade
from apps.core.collector import paused_collector
from apps.core.history import because
from apps.core.month import Month
from apps.jobs.models import JobRun
from apps.jobs.services import enqueue

REHEARSE_KIND = "assessments.rehearse"
USUAL_MONTHS = 12
MOST_MONTHS = 36
SCORE_COLUMNS = (
    *("rehearsal_id", "month", "department_id", "old_status", "old_total", "old_grade", "old_rank"),
    *("new_status", "new_total", "new_grade", "new_rank"),
)
RULES = (
    *("min_coverage", "min_total", "max_total", "bonus_cap", "deduction_cap", "is_gated", "grades", "calibration_band"),
    *("bonus_items", "penalty_items", "veto_items", "reward_rules", "staff_rules"),
)
"""What of a scheme decides a rehearsed score or what follows from it. Its name, its months and its reasons do not."""


def content_of(scheme: Scheme) -> str:
    """Digest of the rules as they stand: the same digest means that a rehearsal still tells what they would do. Whose
    accounts their raters are is part of it, for the addresses in a draft may come to mean others."""
    rated = raters_in(Indicator.objects.filter(scheme=scheme, method=Method.DESCRIPTIVE).order_by("pk"))
    parts = (
        [(pk, name, user.pk) for pk, raters in rated.items() for name, user in raters.items()],
        Scheme.objects.filter(pk=scheme.pk).values(*RULES).get(),
        list(scheme.scorecards.order_by("pk").values("pk", "name")),
        list(scheme.assessed.order_by("department").values("department", "scorecard", "coefficient")),
        list(
            Indicator.objects.filter(scheme=scheme)
            .order_by("pk")
            .values("scorecard", "code", "kpi", "method", "params", "weight", "target_policy")
        ),
    )
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


@transaction.atomic
def request_rehearsal(
    *, scheme: Scheme, by: User, now: datetime, first: Month | None = None, last: Month | None = None
) -> Rehearsal:
    """Ask for a rehearsal of SCHEME, in whatever state, as a job. assessments.rehearse (HR, COO).

    On the published months from FIRST to LAST, else on the last twelve. The same question while it waits gives the same
    rehearsal. Refuses a draft with problems, naming them, and a question without a published month in it.
    """
    held = Scheme.objects.select_for_update().get(pk=scheme.pk)
    months = months_asked(first, last)
    if held.state == SchemeState.DRAFT:
        require_sound(held, month=months[-1])
    for text in vetoes_without_grade(held, first=Month.of(months[0]), last=Month.of(months[-1])):
        raise SchemeNotReady(text, field="grades")
    content = content_of(held)
    same = Rehearsal.objects.filter(
        scheme=held, state=RehearsalState.WAITING, content=content, first_month=months[0], last_month=months[-1]
    )
    known = same.select_related("job").first()
    if known is not None and known.job is not None and known.job.is_open:
        return known
    with because("assessments.rehearsal_requested", by=by):
        made = Rehearsal.objects.create(
            scheme=held, first_month=months[0], last_month=months[-1], asked_by=by, asked_at=now, content=content
        )
        made.job = enqueue(kind=REHEARSE_KIND, period=str(made.pk), params={"rehearsal": made.pk}, by=by, now=now)
        made.save(update_fields=["job", "updated_at"])
    return made


def require_sound(scheme: Scheme, *, month: date) -> None:
    """Refuse a draft that MONTH cannot be judged by, with everything that is to be mended.

    Targets are looked for in the month it is tried on: those of its own first month may well be set later.
    """
    tried = copy(scheme)
    tried.valid = DateRange(month, None)
    problems = problems_of(tried)
    if not problems:
        return
    raise SchemeNotReady(
        _("%(scheme)s cannot be rehearsed yet: %(where)s: %(first)s")
        % {"scheme": scheme, "where": problems[0].where, "first": problems[0].text},
        details={"problems": [{"where": one.where, "message": one.text} for one in problems]},
    )


def months_asked(first: Month | None, last: Month | None) -> list[date]:
    """The published months that are meant, the oldest first."""
    if first is not None and last is not None and last < first:
        raise NothingToRehearse(_("The last month lies before the first. Turn them round."), field="last_month")
    rows = ScoreRun.objects.filter(state=RunState.PUBLISHED).order_by("-month")
    if first is not None:
        rows = rows.filter(month__gte=first.first_day)
    if last is not None:
        rows = rows.filter(month__lte=last.first_day)
    most = MOST_MONTHS if first is not None else USUAL_MONTHS
    months = list(rows.values_list("month", flat=True)[: most + 1])
    if not months:
        raise NothingToRehearse(
            _("No month is published in this time. Choose months that are published: a rehearsal compares with them."),
            field="first_month",
        )
    if first is not None and len(months) > MOST_MONTHS:
        raise NothingToRehearse(_("Choose at most %(count)s months.") % {"count": MOST_MONTHS}, field="first_month")
    return months[:most][::-1]


def rehearsal_months(rehearsal: Rehearsal) -> list[ScoreRun]:
    """The published runs a rehearsal is about, the oldest first. One query."""
    rows = ScoreRun.objects.filter(
        state=RunState.PUBLISHED, month__gte=rehearsal.first_month, month__lte=rehearsal.last_month
    )
    return list(rows.order_by("month"))


def rehearse_steps(*, rehearsal: Rehearsal, now: datetime) -> Iterator[tuple[int, int]]:
    """Rehearse month by month, each in a transaction of its own; gives (done, of how many) after each.

    Months that are stored are left as they are, so it may be begun again after any of them. Refuses rules that were changed
    since the rehearsal was asked for: half of it would tell of other rules than the rest.
    """
    runs = rehearsal_months(rehearsal)
    for number, run in enumerate(runs, start=1):
        rehearse_month(rehearsal=rehearsal, run=run, now=now)
        yield number, len(runs)


@transaction.atomic
def rehearse_month(*, rehearsal: Rehearsal, run: ScoreRun, now: datetime) -> bool:
    """Store what the tried scheme makes of one published month; False where that is stored already."""
    held = Rehearsal.objects.select_for_update().select_related("scheme").get(pk=rehearsal.pk)
    if RehearsedScore.objects.filter(rehearsal=held, month=run.month).exists():
        return False
    if content_of(held.scheme) != held.content:
        raise RehearsalStale(
            _("%(scheme)s was changed while it was rehearsed. Rehearse it again.") % {"scheme": held.scheme}
        )
    with paused_collector():
        judged = retraced_month(scheme=held.scheme, run=run, at=now)
        with connection.cursor() as cursor:
            copy_rows(cursor, "assessments_rehearsedscore", SCORE_COLUMNS, rehearsed_rows(held, run, judged))
            copy_rows(cursor, "assessments_rehearsedperson", PERSON_COLUMNS, person_rows(held, run, judged))
    return True


def rehearsed_rows(rehearsal: Rehearsal, run: ScoreRun, judged: list[Judged]) -> Iterator[str]:
    """Before and after for every department that has either, as COPY wants them."""
    wanted = ("status", "total", "grade", "rank")
    before = {place: old for place, *old in Score.objects.filter(run=run).values_list("department", *wanted)}
    after = {one.row.department_id: one for one in judged}
    ranks = ranks_of({place: one.total for place, one in after.items() if one.total is not None})
    for place in sorted(before.keys() | after.keys()):
        status, total, grade, rank = before.get(place, ("", None, "", None))
        new = after.get(place)
        old_cells = f"{status}\t{copy_text(total)}\t{copy_text(grade)}\t{copy_text(rank)}"
        new_cells = f"{new.status}\t{hundredths(new.total)}\t{copy_text(new.grade)}" if new else f"\t{NOTHING}\t"
        yield f"{rehearsal.pk}\t{run.month}\t{place}\t{old_cells}\t{new_cells}\t{copy_text(ranks.get(place))}\n"


def ranks_of(totals: Mapping[int, int]) -> dict[int, int]:
    """The place of each total among all, 1 for the highest; equal totals share a place and the next ones are skipped."""
    ordered = sorted(totals.values(), reverse=True)
    first: dict[int, int] = {}
    for place, total in enumerate(ordered, start=1):
        first.setdefault(total, place)
    return {department: first[total] for department, total in totals.items()}


@transaction.atomic
def finish_rehearsal(*, rehearsal: Rehearsal, now: datetime, problem: str = "") -> Rehearsal:
    """Say that a rehearsal is done, or by which PROBLEM it failed. Called by its job; changes one that waits, once."""
    held = Rehearsal.objects.select_for_update().get(pk=rehearsal.pk)
    if held.state == RehearsalState.WAITING:
        held.state = RehearsalState.FAILED if problem else RehearsalState.DONE
        held.problem, held.done_at = problem[:500], now
        held.save(update_fields=["state", "problem", "done_at", "updated_at"])
    return held


def rehearsal_of(run: JobRun) -> Rehearsal:
    """The rehearsal a job is about."""
    return Rehearsal.objects.select_related("scheme").get(pk=run.params["rehearsal"])
