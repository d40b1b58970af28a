"""Telling people what they owe a month: before the day, on it, when it has passed; and then the line above them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.selectors import open_accounts, users_with_capability
from apps.assessments.choices import AdjustmentState
from apps.assessments.models import Adjustment, Appeal, Scheme
from apps.assessments.models.appeals import OPEN_APPEALS
from apps.assessments.rules.owing import DUE_WITH, Kind, Stage, stage_of
from apps.assessments.selectors.appeals import ADMIT
from apps.assessments.selectors.assessed import scheme_in_force
from apps.assessments.selectors.calendar import calendars_of, work_days_for
from apps.assessments.selectors.deciders import bars_of
from apps.assessments.selectors.holds import holds_of
from apps.assessments.selectors.months import months_due
from apps.assessments.selectors.owing import (
    lines_above,
    months_owed,
    parts_owed,
    ratings_owed,
    reports_owed,
    values_owed,
)
from apps.assessments.services.confirming import CONFIRM
from apps.assessments.services.owing_words import body_of, climbed_body, subject_of
from apps.assessments.services.reminding import MONTHS_REMINDED
from apps.core.clock import local_date
from apps.core.month import Month
from apps.notifications.services import Telling, notify_each
from apps.periods.rules import WorkDays

KIND = "assessments.owed"


@dataclass(frozen=True, slots=True)
class Debt:
    """What one account owes a month, and by when."""

    month: Month
    kind: Kind
    user: int
    count: int
    due_on: date
    stage: Stage

    def key(self, stage: Stage) -> str:
        """Under which each person is told once; a day that moves is told anew."""
        return f"owed-{self.month}-{self.kind}-{stage}-{self.due_on}"


@transaction.atomic
def remind_of_debts(*, now: datetime) -> dict[str, int]:
    """Tell everybody what they owe the months that are worked on, and the line above of what was missed. Who may: the job.

    Each person is told once of each month, kind and stage, however often this runs. What is handed in owes nothing. Of an
    appeal that was not answered in time the GM is told by `climb_overdue`.
    """
    today = local_date(now)
    debts = [*month_debts(today), *appeal_debts(today)]
    missed = [one for one in debts if one.stage == Stage.MISSED]
    users = open_accounts().in_bulk({one.user for one in debts})
    above = lines_above([users[one.user] for one in missed if one.user in users], today) if missed else {}
    own = [told(one, users[one.user]) for one in debts if one.user in users]
    lines = list(climbed(missed, users, above))
    notify_each(tellings=[*own, *lines], kind=KIND, now=now)
    return {"asked": len(own), "lines_told": len(lines)}


def told(debt: Debt, user: User) -> Telling:
    """What somebody hears of what they owe."""
    return Telling(
        user,
        subject_of(debt.kind, debt.stage, debt.month, debt.due_on),
        debt.key(debt.stage),
        body_of(debt.kind, debt.count),
        url_of(debt.kind, debt.month),
    )


def climbed(missed: Iterable[Debt], users: Mapping[int, User], above: Mapping[int, list[User]]) -> Iterator[Telling]:
    """What the line above hears: once for each month and kind, with the names of those below."""
    found: dict[tuple[Month, Kind, date], dict[User, list[Debt]]] = {}
    for one in missed:
        for boss in above.get(one.user, ()) if one.user in users else ():
            found.setdefault((one.month, one.kind, one.due_on), {}).setdefault(boss, []).append(one)
    for by_boss in found.values():
        for boss, debts in by_boss.items():
            first = debts[0]
            rows = sorted((users[one.user].name, one.count) for one in debts)
            yield Telling(
                boss,
                subject_of(first.kind, Stage.CLIMBED, first.month, first.due_on),
                first.key(Stage.CLIMBED),
                climbed_body(rows),
                url_of(first.kind, first.month) if first.kind in {Kind.VALUES, Kind.REPORTS} else "",
            )


def month_debts(today: date) -> list[Debt]:
    """What the last months in work wait for, as far as there is something to be said of it today."""
    months = months_owed(sorted(months_due(today))[-MONTHS_REMINDED:])
    days = work_days_for(months, today) if months else WorkDays()
    found = []
    for month, calendar in calendars_of(months, today=today, days=days).items():
        scheme = scheme_in_force(month) if not calendar.is_published else None
        due = {kind: calendar.step(step).due_on for kind, step in DUE_WITH.items()}
        for kind, due_on in due.items() if scheme else ():
            stage = stage_of(due_on, today=today, days=days)
            owed = owed_of(kind, scheme, month, today) if stage and scheme else {}
            found += [Debt(month, kind, user, count, due_on, stage) for user, count in owed.items() if stage]
    return found


def owed_of(kind: Kind, scheme: Scheme, month: Month, today: date) -> dict[int, int]:
    """Account → how much of one kind it owes the month."""
    readers = {
        Kind.VALUES: values_owed,
        Kind.REPORTS: reports_owed,
        Kind.RATINGS: ratings_owed,
        Kind.PARTS: parts_owed,
        Kind.CLAIMS: claims_owed,
    }
    return readers[kind](scheme, month, today)


def claims_owed(scheme: Scheme, month: Month, today: date) -> dict[int, int]:
    """Bonuses, deductions, vetoes and exemptions of the month nobody decided on, by who may. Five queries at most."""
    del scheme
    day = month.first_day
    rows = list(Adjustment.objects.filter(month__lte=day, last_month__gte=day, state=AdjustmentState.PROPOSED))
    if not rows:
        return {}
    deciders = list(users_with_capability(CONFIRM).values_list("pk", flat=True))
    bars = bars_of(rows, deciders, today)
    return dict(Counter(user for row in rows for user in deciders if (row.pk, user) not in bars))


def appeal_debts(today: date) -> list[Debt]:
    """Appeals whose answer is due soon: whoever rules, unless the clock stands still; before that those who admit. Seven
    queries at most."""
    rows = list(
        Appeal.objects.filter(state__in=OPEN_APPEALS).values_list("run__month", "due_at", "reviewer", "filed_by")
    )
    holds = holds_of({month for month, *_rest in rows}) if rows else {}
    rows = [row for row in rows if row[0] not in holds or row[2] is None]
    if not rows:
        return []
    admitting = list(users_with_capability(ADMIT).values_list("pk", flat=True))
    days = work_days_for([Month.of(month) for month, *_rest in rows], today)
    counts: dict[tuple[Month, date, int], int] = {}
    for first_day, due_at, reviewer, filed_by in rows:
        for user in [reviewer] if reviewer else [pk for pk in admitting if pk != filed_by]:
            key = (Month.of(first_day), local_date(due_at), user)
            counts[key] = counts.get(key, 0) + 1
    found = []
    for (of, due_on, user), count in counts.items():
        stage = stage_of(due_on, today=today, days=days)
        if stage and stage != Stage.MISSED:
            found.append(Debt(of, Kind.APPEALS, user, count, due_on, stage))
    return found


def url_of(kind: Kind, month: Month) -> str:
    """Where somebody gives what they owe."""
    return {
        Kind.VALUES: f"{reverse('kpis:entry')}?month={month}",
        Kind.REPORTS: f"{reverse('assessments:entries', args=[month])}?state=open",
        Kind.RATINGS: reverse("assessments:ratings", args=[month]),
        Kind.PARTS: reverse("assessments:appraise", args=[month]),
        Kind.CLAIMS: f"{reverse('assessments:adjustments')}?state=proposed",
        Kind.APPEALS: reverse("assessments:appeals"),
    }[kind]
