"""Whose line a department is: who decides on their own line is decided on by somebody else (DOMAIN.md section 11, 10)."""

from collections.abc import Iterable
from datetime import date

from apps.accounts.choices import Role
from apps.approvals.choices import Ask
from apps.approvals.services import AskFor
from apps.assessments.models import PersonScore, ScoreRun
from apps.staff.selectors import leaders_of


def own_line_of(departments: Iterable[int], *, day: date, role: str = Role.COO) -> list[int]:
    """Those of DEPARTMENTS that somebody with the ROLE leads on the day, as head or deputy. One query."""
    leaders = leaders_of(departments, day).filter(person__user__is_active=True, person__user__role_grants__role=role)
    return sorted(set(leaders.values_list("department", flat=True)))


def judges_decider(run: ScoreRun) -> bool:
    """Whether the run holds the own score, as a person, of somebody who would approve it as the COO. One query."""
    people = PersonScore.objects.filter(run=run, person__user__is_active=True)
    return people.filter(person__user__role_grants__role=Role.COO).exists()


def deciders_on(departments: Iterable[int], *, day: date, working_days: int, is_judged: bool = False) -> list[AskFor]:
    """Who decides on what assesses DEPARTMENTS: the COO; then the GM, when the COO leads one of them on the day or is judged
    in it as a person, whatever their place (IS_JUDGED)."""
    steps = [AskFor(ask=Ask.DECIDE, role=Role.COO, working_days=working_days, climb_role=Role.GM)]
    if is_judged or own_line_of(departments, day=day):
        steps.append(AskFor(ask=Ask.DECIDE, role=Role.GM, working_days=working_days))
    return steps
