"""People in a rehearsal: their score and what it pays, as it was published and as the tried scheme has it.

Days and places are those of the month's records; what raters gave is what the published run kept, else what is there today.
What is paid is reckoned by the rules of each side from the same pay base: not what somebody decided in the end.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.assessments.choices import PersonStatus
from apps.assessments.models import PersonScore, Rehearsal, Scheme, Score, ScoreRun
from apps.assessments.rules.staff import bonus_pay
from apps.assessments.services.copying import copy_text
from apps.assessments.services.judging import Judged, totals_of
from apps.assessments.services.peopling import ScoredPerson, gathered_people, score_people, stored_person
from apps.assessments.services.pooling import pool_of, shared_out
from apps.assessments.services.rewarding import bases_of, coefficients_in
from apps.assessments.services.standing import POOL
from apps.core.month import Month

PERSON_COLUMNS = (
    *("rehearsal_id", "month", "person_id", "department_id", "role"),
    *("old_status", "old_total", "old_grade", "old_amount", "old_over_amount"),
    *("new_status", "new_total", "new_grade", "new_amount", "new_over_amount"),
)
NO_SIDE = ("", None, "", None, None)


@dataclass(frozen=True, slots=True)
class Side:
    """What one side's rewards are reckoned from."""

    rules: Mapping[str, Any]
    department_grades: Mapping[int, str]
    bases: Mapping[int, Decimal]
    days: int
    shares: Mapping[int, Decimal]
    """By person: the share of the pool, where the rules know one."""

    def pay(self, one: ScoredPerson) -> tuple[Decimal | None, Decimal | None]:
        """(rewards by grade and from the pool, how much of it is above the base for the days worked); None for nothing."""
        amount, over = self.pay_by_grade(one)
        share = self.shares.get(one.person)
        if share is None:
            return amount, over
        return (amount or Decimal(0)) + share, (over or Decimal(0)) + share

    def pay_by_grade(self, one: ScoredPerson) -> tuple[Decimal | None, Decimal | None]:
        """(what the grade is worth, how much of it is above the base); None where nothing can be reckoned."""
        base = self.bases.get(one.person)
        if base is None or not self.rules or one.status != PersonStatus.OK or not one.grade:
            return None, None
        coefs = coefficients_in(self.rules, self.department_grades, stays=one.stays, grade=one.grade)
        if coefs is None:
            return None, None
        worked = {"days_worked": one.days, "days_in_period": self.days}
        amount = bonus_pay(base, dept_coef=coefs[0], personal_coef=coefs[1], **worked)
        even = bonus_pay(base, dept_coef=1, personal_coef=1, **worked)
        return amount, None if amount is None or even is None else amount - even

    def cells(self, one: ScoredPerson | None) -> tuple[Any, ...]:
        """State, total, grade, reward and what of it is above the base."""
        return NO_SIDE if one is None else (one.status, one.total, one.grade, *self.pay(one))


def person_rows(rehearsal: Rehearsal, run: ScoreRun, judged: list[Judged]) -> Iterator[str]:
    """Before and after for everybody who has either, as COPY wants them. At most eight queries."""
    month, scheme = Month.of(run.month), rehearsal.scheme
    before = {row.person_id: stored_person(row) for row in PersonScore.objects.filter(run=run)}
    after = {one.person: one for one in tried_people(scheme, month, before, judged)}
    if not before and not after:
        return
    bases, days = bases_of(month), month.last_day.day
    grades = dict(Score.objects.filter(run=run).values_list("department", "grade"))
    old = Side(run.scheme.reward_rules, grades, bases, days, shares_of(run.scheme, before.values()))
    grades = {one.row.department_id: one.grade for one in judged}
    new = Side(scheme.reward_rules, grades, bases, days, shares_of(scheme, after.values()))
    for person in sorted(before.keys() | after.keys()):
        was, comes = before.get(person), after.get(person)
        here = comes or was
        assert here is not None
        head = (rehearsal.pk, run.month, person, here.department, here.role)
        yield "\t".join(map(copy_text, (*head, *old.cells(was), *new.cells(comes)))) + "\n"


def shares_of(scheme: Scheme, people: Iterable[ScoredPerson]) -> Mapping[int, Decimal]:
    """What each of them has of the scheme's pool; nobody anything where there is none."""
    if not scheme.reward_rules.get(POOL):
        return {}
    scored = [(one.person, one.role, one.total, one.days) for one in people if one.total is not None]
    return shared_out(pool_of(scheme.reward_rules), scored).amounts


def tried_people(
    scheme: Scheme, month: Month, before: Mapping[int, ScoredPerson], judged: Iterable[Judged]
) -> list[ScoredPerson]:
    """Everybody's score by the tried scheme; nobody's where it scores no people. Three queries."""
    people = gathered_people(scheme, month)
    if people is None:
        return []
    kept = {
        person: tuple((int(rater["appraisal"]), str(rater["points"])) for rater in row.raters)
        for person, row in before.items()
    }
    rows = tuple(one._replace(appraised=kept.get(one.person, one.appraised)) for one in people.people)
    return score_people(type(people)(rows), scheme, totals_of(judged), month)
