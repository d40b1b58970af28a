"""What a rehearsal found of people and of what their scores pay: before and after, by role and by department."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.assessments.models import Rehearsal, RehearsedPerson
from apps.assessments.selectors.rehearsals import HAS_NEW, HAS_OLD, visible_rehearsals
from apps.assessments.selectors.rewards import sees_rewards
from apps.core.rounding import round_half_up
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
class PeopleCounts:
    """People's months of a rehearsal by what became of them."""

    all: int = 0
    compared: int = 0
    up: int = 0
    down: int = 0
    grade_changed: int = 0
    lost: int = 0
    gained: int = 0
    old_mean: Decimal | None = None
    new_mean: Decimal | None = None

    @property
    def mean_change(self) -> Decimal | None:
        """How the mean moves; None where one side has none."""
        return None if self.old_mean is None or self.new_mean is None else self.new_mean - self.old_mean


@dataclass(frozen=True, slots=True)
class PeopleOutcome:
    """What a rehearsal makes of people: all, and by role (heads, deputies, members; only roles that occur)."""

    whole: PeopleCounts
    roles: tuple[tuple[str, PeopleCounts], ...]
    grades: tuple[tuple[str, int, int], ...]
    """(grade, people's months before, after), the best grade of the tried scheme first."""


COUNTED: Mapping[str, Any] = {
    "all": Count("pk"),
    "compared": Count("pk", filter=HAS_OLD & HAS_NEW),
    "up": Count("pk", filter=Q(new_total__gt=F("old_total"))),
    "down": Count("pk", filter=Q(new_total__lt=F("old_total"))),
    "grade_changed": Count("pk", filter=HAS_OLD & HAS_NEW & ~Q(new_grade=F("old_grade"))),
    "lost": Count("pk", filter=HAS_OLD & ~HAS_NEW),
    "gained": Count("pk", filter=~HAS_OLD & HAS_NEW),
    "old_mean": Avg("old_total"),
    "new_mean": Avg("new_total"),
}


def people_outcome(scope: Scope, rehearsal: Rehearsal) -> PeopleOutcome:
    """What becomes of people as a whole, by role and by grade. Four queries, whatever the size."""
    rows = RehearsedPerson.objects.filter(rehearsal=rehearsal, rehearsal__in=visible_rehearsals(scope)).order_by()
    by_role = {row["role"]: counts_of(row) for row in rows.values("role").annotate(**COUNTED)}
    before = dict(rows.filter(HAS_OLD).values_list("old_grade").annotate(count=Count("pk")))
    after = dict(rows.filter(HAS_NEW).values_list("new_grade").annotate(count=Count("pk")))
    known = [str(row["grade"]) for row in rehearsal.scheme.grades]
    others = sorted((before.keys() | after.keys()) - set(known))
    return PeopleOutcome(
        whole=counts_of(rows.aggregate(**COUNTED)),
        roles=tuple(
            (role, by_role[role])
            for role in (AppointmentRole.HEAD, AppointmentRole.DEPUTY_HEAD, AppointmentRole.MEMBER)
            if role in by_role
        ),
        grades=tuple((grade, before.get(grade, 0), after.get(grade, 0)) for grade in (*known, *others)),
    )


def counts_of(row: Mapping[str, Any]) -> PeopleCounts:
    """A row of counts; means with two places."""
    means = {
        name: None if row[name] is None else round_half_up(Fraction(row[name]), 2) for name in ("old_mean", "new_mean")
    }
    return PeopleCounts(**{name: means.get(name, row[name]) for name in COUNTED})


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
