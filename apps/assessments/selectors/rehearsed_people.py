"""What a rehearsal found of people and of what their scores pay: before and after, by role and by department."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.assessments.models import Rehearsal, RehearsedPerson
from apps.assessments.selectors.rehearsals import (
    BOTH_SIDES,
    BothSides,
    GradeShift,
    counted,
    grade_counts,
    grade_shifts,
    visible_rehearsals,
)
from apps.assessments.selectors.rewards import sees_rewards
from apps.core.scope import Scope
from apps.staff.choices import AppointmentRole

ZERO = Decimal(0)


def rehearsed_people(scope: Scope, rehearsal: Rehearsal) -> QuerySet[RehearsedPerson]:
    """The people of a rehearsal, each with `change` of the total and `pay_change` of the reward (for those who read rewards:
    a door shows the amounts to nobody else)."""
    rows = RehearsedPerson.objects.filter(rehearsal=rehearsal, rehearsal__in=visible_rehearsals(scope))
    return rows.select_related("person", "department").annotate(
        change=F("new_total") - F("old_total"), pay_change=F("new_amount") - F("old_amount")
    )


@dataclass(frozen=True, slots=True)
class PeopleCounts(BothSides):
    """People's months of a rehearsal by what became of them: UP and DOWN by the score, for people have no rank."""

    up: int = 0
    down: int = 0


@dataclass(frozen=True, slots=True)
class PeopleOutcome:
    """What a rehearsal makes of people: all, and by role (heads, deputies, members; only roles that occur)."""

    whole: PeopleCounts
    roles: tuple[tuple[str, PeopleCounts], ...]
    grades: tuple[GradeShift, ...]


COUNTED: Mapping[str, Any] = {
    **BOTH_SIDES,
    "up": Count("pk", filter=Q(new_total__gt=F("old_total"))),
    "down": Count("pk", filter=Q(new_total__lt=F("old_total"))),
}


def people_outcome(scope: Scope, rehearsal: Rehearsal) -> PeopleOutcome:
    """What becomes of people as a whole, by role and by grade. Four queries, whatever the size."""
    rows = RehearsedPerson.objects.filter(rehearsal=rehearsal, rehearsal__in=visible_rehearsals(scope)).order_by()
    by_role = {row["role"]: counted(PeopleCounts, row) for row in rows.values("role").annotate(**COUNTED)}
    return PeopleOutcome(
        whole=counted(PeopleCounts, rows.aggregate(**COUNTED)),
        roles=tuple(
            (role, by_role[role])
            for role in (AppointmentRole.HEAD, AppointmentRole.DEPUTY_HEAD, AppointmentRole.MEMBER)
            if role in by_role
        ),
        grades=grade_shifts(rehearsal.scheme, grade_counts(rows)),
    )


def has_people(scope: Scope, rehearsal: Rehearsal) -> bool:
    """Whether either side scored anybody. One query."""
    return rehearsed_people(scope, rehearsal).exists()


@dataclass(frozen=True, slots=True)
class PaySums:
    """What the rules pay before and after, in the company's currency.

    REWARDS: what is paid above the base for the days worked; PENALTIES: what is paid below it (not negative).
    """

    old_amount: Decimal = ZERO
    new_amount: Decimal = ZERO
    old_rewards: Decimal = ZERO
    new_rewards: Decimal = ZERO
    old_penalties: Decimal = ZERO
    new_penalties: Decimal = ZERO
    old_count: int = 0
    """People's months that are paid something by the rules."""
    new_count: int = 0

    @property
    def change(self) -> Decimal:
        """What the tried rules cost more; negative: less."""
        return self.new_amount - self.old_amount


def total_of(name: str, **narrow: Any) -> Any:
    """The sum of a column; 0 for no rows."""
    return Coalesce(Sum(name, filter=Q(**narrow) if narrow else None), ZERO)


SUMMED: Mapping[str, Any] = {
    "old_amount": ("old_amount", {}),
    "new_amount": ("new_amount", {}),
    "old_rewards": ("old_over_amount", {"old_over_amount__gt": 0}),
    "new_rewards": ("new_over_amount", {"new_over_amount__gt": 0}),
    "old_penalties": ("old_over_amount", {"old_over_amount__lt": 0}),
    "new_penalties": ("new_over_amount", {"new_over_amount__lt": 0}),
}


def pay_sums() -> dict[str, Any]:
    """Aggregates as PaySums names them, under `sum_…` where a column has the same name."""
    found = {f"sum_{name}": total_of(column, **narrow) for name, (column, narrow) in SUMMED.items()}
    return {**found, "sum_old_count": Count("old_amount"), "sum_new_count": Count("new_amount")}


def sums_of(row: Mapping[str, Any]) -> PaySums:
    """A row of sums; penalties without their sign."""
    found = {one.name: row[f"sum_{one.name}"] for one in fields(PaySums)}
    for name in ("old_penalties", "new_penalties"):
        found[name] = abs(found[name])
    return PaySums(**found)


def pay_of_company(scope: Scope, rehearsal: Rehearsal) -> PaySums:
    """The sums of everybody; zeros for those who may not read rewards. One query."""
    return sums_of(paid_rows(scope, rehearsal).order_by().aggregate(**pay_sums()))


def pay_by_department(scope: Scope, rehearsal: Rehearsal) -> Any:
    """A row for each department somebody was in on their last days: `department`, its name and code, `sum_…` as PaySums has
    them (penalties negative), and `pay_change`. For those who read rewards. One query."""
    rows = paid_rows(scope, rehearsal).order_by().values("department", "department__name", "department__code")
    return rows.annotate(**pay_sums()).annotate(pay_change=F("sum_new_amount") - F("sum_old_amount"))


def department_sums(scope: Scope, rehearsal: Rehearsal) -> list[tuple[Mapping[str, Any], PaySums]]:
    """The same by name, each row with its sums. One query."""
    rows = pay_by_department(scope, rehearsal).order_by("department__name", "department")
    return [(row, sums_of(row)) for row in rows]


def paid_rows(scope: Scope, rehearsal: Rehearsal) -> QuerySet[RehearsedPerson]:
    """The people of a rehearsal for those who read everybody's rewards; else nobody."""
    rows = RehearsedPerson.objects.filter(rehearsal=rehearsal, rehearsal__in=visible_rehearsals(scope))
    return rows if sees_rewards(scope) else rows.none()


def roles_labelled(rows: Iterable[tuple[str, PeopleCounts]]) -> list[tuple[str, PeopleCounts]]:
    """Roles by their names."""
    return [(str(AppointmentRole(role).label), counts) for role, counts in rows]
