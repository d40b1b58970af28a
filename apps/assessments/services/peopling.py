"""Scores of people: the score of their departments by days, and what their raters gave (DOMAIN.md section 2)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from apps.assessments.models import Appraisal, PersonScore, Scheme
from apps.assessments.rules.extras import vetoes
from apps.assessments.rules.grades import GradeBand, grade_of
from apps.assessments.rules.reading import exact
from apps.assessments.rules.scorecard import after_vetoes
from apps.assessments.rules.staff import FEWEST_DAYS, combine
from apps.assessments.rules.staff import Stay as ScoredStay
from apps.assessments.selectors.figures import text_of
from apps.assessments.services.beside import head_vetoes
from apps.assessments.services.copying import copy_text
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.departments.selectors import nearest_above
from apps.staff.selectors import Stay, stays_within

PART_PLACES = 14
KEPT_READINGS = 8_192

Given = tuple[int, str]
"""(key of the appraisal, points as text)"""


class Person(NamedTuple):
    """Somebody's month before it is scored. STAYS: (department, days) in the order of time; the last one's role counts."""

    person: int
    role: str
    stays: tuple[tuple[int, int], ...]
    appraised: tuple[Given, ...] = ()
    vetoes: tuple[Mapping[str, Any], ...] = ()
    """Those that hit the head of a department alone, who they were on the day it happened."""


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who worked here in the month, or those of them who are asked for."""

    people: tuple[Person, ...]


class ScoredPerson(NamedTuple):
    """A person's month as it is stored; texts of numbers, None for nothing."""

    person: int
    department: int
    role: str
    status: str
    stays: Sequence[Mapping[str, Any]]
    days: int
    department_part: str | None
    dept_weight: str
    personal: str | None
    raters: Sequence[Mapping[str, Any]]
    personal_weight: str
    total: Decimal | None
    grade: str
    vetoes: Sequence[Mapping[str, Any]] = ()


def gathered_people(scheme: Scheme, month: Month, among: Collection[int] | None = None) -> People | None:
    """Days, appraisals and own vetoes in MONTH of everybody, or of those AMONG these; None where the scheme does not score
    people. Four queries."""
    if not scheme.staff_rules:
        return None
    given, vetoed = appraised(month, among), head_vetoes(month)
    by_person: dict[int, list[Stay]] = {}
    for stay in stays_within(month.first_day, month.last_day, among):
        by_person.setdefault(stay.person, []).append(stay)
    return People(
        tuple(
            Person(
                person,
                stays[-1].role,
                tuple((stay.department, stay.days) for stay in stays),
                given.get(person, ()),
                tuple(vetoed.get(person, ())),
            )
            for person, stays in sorted(by_person.items())
        )
    )


def appraised(month: Month, people: Collection[int] | None = None) -> dict[int, tuple[Given, ...]]:
    """The newest appraisal each rater gave, by person; of these PEOPLE (None: of everybody). One query."""
    given = Appraisal.objects.filter(month=month.first_day)
    rows = (
        (given if people is None else given.filter(person__in=people))
        .order_by("person_id", "said_by_id", "-version")
        .distinct("person_id", "said_by_id")
        .values_list("person", "pk", "points")
    )
    found: dict[int, tuple[Given, ...]] = {}
    for person, key, points in rows:
        found[person] = (*found.get(person, ()), (key, f"{points:f}"))
    return found


@dataclass(frozen=True, slots=True)
class Totals:
    """The departments' scores of a run. NOT_ASSESSED: those that have none for want of data: days there count for nobody."""

    by_department: Mapping[int, Decimal | None]
    not_assessed: frozenset[int] = frozenset()

    def stay(self, department: int | None, days: int) -> dict[str, Any]:
        """Days in a department as a person's score keeps them."""
        score = self.by_department.get(department) if department else None
        is_assessed = department is not None and department not in self.not_assessed
        return {"department": department, "days": days, "score": text_of(score), "is_assessed": is_assessed}


def score_people(people: People, scheme: Scheme, totals: Totals, month: Month) -> list[ScoredPerson]:
    """Everybody's score. Who works in a department without a score of its own takes the nearest one above. One query."""
    places = {place for one in people.people for place, _days in one.stays}
    above = nearest_above(places, among=totals.by_department, day=month.last_day)
    bands = [GradeBand(row["grade"], Decimal(row["min"])) for row in scheme.grades]
    return [
        scored(one, scheme.staff_rules, bands, [(above.get(place), days) for place, days in one.stays], totals)
        for one in people.people
    ]


def scored(
    one: Person,
    rules: Mapping[str, Any],
    bands: Sequence[GradeBand],
    stays: Sequence[tuple[int | None, int]],
    totals: Totals,
) -> ScoredPerson:
    """One person. STAYS: (assessed department or None, days)."""
    return judged_person(
        ScoredPerson(
            person=one.person,
            department=one.stays[-1][0],
            role=one.role,
            status="",
            stays=[totals.stay(place, days) for place, days in stays],
            days=sum(days for _place, days in one.stays),
            department_part=None,
            dept_weight=weight_of(rules, one.role, "dept_weight"),
            personal=None,
            raters=kept_raters(one.appraised),
            personal_weight=weight_of(rules, one.role, "personal_weight"),
            total=None,
            grade="",
            vetoes=list(one.vetoes),
        ),
        rules,
        bands,
    )


def judged_person(row: ScoredPerson, rules: Mapping[str, Any], bands: Sequence[GradeBand]) -> ScoredPerson:
    """The row with its score worked out from what it holds; also for one that was stored before. No database."""
    given = [read(rater["points"]) for rater in row.raters]
    personal = sum(given, Fraction(0)) / len(given) if given else None
    assessed = [stay for stay in row.stays if stay["is_assessed"]]
    found = combine(
        [ScoredStay(None if stay["score"] is None else read(stay["score"]), stay["days"]) for stay in assessed],
        personal=personal,
        dept_weight=read(row.dept_weight),
        personal_weight=read(row.personal_weight),
        min_days=FEWEST_DAYS if (fewest := exact(rules.get("min_days"))) is None else fewest,
    )
    total, grade = found.score, grade_at(found.score, tuple(bands))
    if row.vetoes and total is not None:
        total, left = after_vetoes(total, vetoes(row.vetoes), bands)
        grade = left or ""
    return row._replace(
        status=found.outcome.value,
        department_part=part_text(found.department_part),
        personal=part_text(personal),
        total=total,
        grade=grade,
    )


@lru_cache(maxsize=KEPT_READINGS)
def read(text: str) -> Fraction:
    """A number that the portal itself wrote. Kept: thousands of people share few departments, weights and points."""
    return Fraction(text)


@lru_cache(maxsize=KEPT_READINGS)
def grade_at(total: Decimal | None, bands: tuple[GradeBand, ...]) -> str:
    """The grade of a total; empty for none. Kept like what is read."""
    return grade_of(total, bands) or ""


def weight_of(rules: Mapping[str, Any], role: str, which: str) -> str:
    """A role's weight; what the scheme does not say is the department's whole score."""
    return str((rules.get(role) or {}).get(which, "100" if which == "dept_weight" else "0"))


def part_text(number: Fraction | None) -> str | None:
    """A mean as it is kept."""
    return None if number is None else f"{round_half_up(number, PART_PLACES):f}"


def stored_person(row: PersonScore) -> ScoredPerson:
    """A stored score as it was made."""
    return ScoredPerson(
        person=row.person_id,
        department=row.department_id,
        role=row.role,
        status=row.status,
        stays=row.stays,
        days=row.days,
        department_part=text_of(row.department_part),
        dept_weight=f"{row.dept_weight:f}",
        personal=text_of(row.personal),
        raters=row.raters,
        personal_weight=f"{row.personal_weight:f}",
        total=row.total,
        grade=row.grade,
        vetoes=row.vetoes,
    )


def with_totals(row: ScoredPerson, totals: Totals) -> ScoredPerson:
    """A stored row with the departments' scores of another run."""
    return row._replace(stays=[totals.stay(stay["department"], stay["days"]) for stay in row.stays])


def with_vetoes(row: ScoredPerson, now: Sequence[Mapping[str, Any]], departments: Collection[int]) -> ScoredPerson:
    """A stored row with the vetoes of heads that hit the person NOW, of these DEPARTMENTS; those of others as they were."""
    kept = [veto for veto in row.vetoes if veto["department"] not in departments]
    came = [veto for veto in now if veto["department"] in departments]
    return row._replace(vetoes=sorted([*kept, *came], key=lambda veto: (veto["code"], veto["id"])))


def kept_raters(given: Iterable[Given]) -> list[dict[str, Any]]:
    """Appraisals as a score keeps them."""
    return [{"appraisal": key, "points": points} for key, points in given]


def with_appraisals(row: ScoredPerson, given: Iterable[Given]) -> ScoredPerson:
    """A stored row with other appraisals."""
    return row._replace(raters=kept_raters(given))


PERSON_COLUMNS = (
    *("person_id", "department_id", "role", "status", "stays", "days", "department_part", "dept_weight", "personal"),
    *("raters", "personal_weight", "total", "grade", "vetoes"),
)


def person_rows(people: Iterable[ScoredPerson]) -> Iterable[str]:
    """Every person's score as COPY wants it."""
    for one in people:
        yield "\t".join(map(copy_text, one)) + "\n"
