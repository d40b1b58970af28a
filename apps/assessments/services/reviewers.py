"""Who looks at an appeal: somebody who had no part in the score and does not belong to those who disagree with it."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.selectors import roles_granted, users_with_capability
from apps.assessments.choices import VetoScope
from apps.assessments.models import (
    Adjustment,
    Appeal,
    Appraisal,
    Calibration,
    Entry,
    Lifting,
    Rating,
    ScoreLine,
    ScoreRun,
)
from apps.assessments.rules.appeals import RULINGS, free_of
from apps.assessments.selectors.descent import line_of
from apps.assessments.services.refusals import AppealRefused
from apps.assessments.services.since import kpis_of
from apps.core.month import Month
from apps.departments.selectors import subtree_on
from apps.kpis.selectors import hands_on
from apps.staff.selectors import headed_by
from apps.staff.selectors.colleagues import accounts_around

RULE = "assessments.rule_appeals"


def is_gm(user: User) -> bool:
    """Whether the account holds the general manager's role."""
    return Role.GM in roles_granted(user)


def general_managers() -> QuerySet[User]:
    """Open accounts of the general manager, the oldest first."""
    return users_with_capability(RULE).filter(role_grants__role=Role.GM).distinct().order_by("pk")


def reviewer_for(appeal: Appeal, *, admitted_by: User, today: date) -> User:
    """Who reviews an appeal of the first level. Refuses where there is nobody at all.

    Those free to rule come in this order: others than whoever admits it, whoever admits it, the GM, who would otherwise be
    asked twice. Where everybody had a part in the score the GM rules all the same: only not on an appeal of their own.
    """
    able = {user.pk: user for user in users_with_capability(RULE).order_by("pk")}
    chiefs = list(general_managers().values_list("pk", flat=True))
    others = [pk for pk in able if pk not in chiefs]
    asked = [*sorted(others, key=lambda pk: (pk == admitted_by.pk, pk)), *chiefs]
    barred = had_a_part(appeal) | belong_to(appeal, today)
    free = free_of(asked, barred) or free_of(chiefs, {appeal.filed_by_id})
    if not free:
        raise AppealRefused(
            _("Nobody can review this appeal: everybody who may had a part in the score. Name a general manager first.")
        )
    return able[free[0]]


def higher_reviewer(appeal: Appeal) -> User:
    """The GM who rules on the second level, or on what the first may not. Refuses where the GM has ruled already."""
    barred = {appeal.filed_by_id, *([appeal.ruled_by_id] if appeal.ruled_by_id else [])}
    for chief in general_managers().exclude(pk__in=barred):
        return chief
    raise AppealRefused(
        _(
            "The general manager has ruled on this already: there is nobody above to ask. The ruling "
            "stands; appeal against a later month by itself."
        )
    )


def had_a_part(appeal: Appeal) -> set[int]:
    """Accounts of those who reported, rated, confirmed, lifted, calibrated or approved what it is about, or ruled on it in
    an earlier version of the month. Thirteen queries."""
    month, department = appeal.run.month, appeal.department_id
    found = {appeal.filed_by_id}
    of_month = {"month": month, "department": department}
    found |= set(Entry.objects.filter(**of_month).values_list("said_by", flat=True))
    found |= set(Rating.objects.filter(**of_month).values_list("said_by", flat=True))
    found |= set(Calibration.objects.filter(**of_month).values_list("made_by", flat=True))
    hits = Adjustment.objects.filter(hitting(appeal), month__lte=month, last_month__gte=month)
    found |= set(hits.exclude(decided_by=None).values_list("decided_by", flat=True))
    found |= set(Lifting.objects.filter(adjustment__in=hits).values_list("lifted_by", flat=True))
    if appeal.person_id:
        found |= set(Appraisal.objects.filter(month=month, person=appeal.person_id).values_list("said_by", flat=True))
    else:
        found |= hands_on(month=Month.of(month), kpis=kpis_in(appeal), department=department)
    return found | approved_by(appeal.run) | ruled_before(appeal)


def hitting(appeal: Appeal) -> Q:
    """Which entries of the register move the score it is about: those of the department, vetoes of a whole line from below
    it (by the tree of the month's last day), and those of a head alone who was the person."""
    below = subtree_on(appeal.department_id, Month.of(appeal.run.month).last_day)
    found = Q(department=appeal.department_id) | Q(scope=VetoScope.LINE, department__in=below)
    if appeal.person_id:
        found |= Q(headed_by(appeal.person_id, department="department", day="happened_on"), scope=VetoScope.HEAD)
    return found


def kpis_in(appeal: Appeal) -> set[int]:
    """The KPIs of the line it is about; of all lines where it is about the score as a whole. One query."""
    lines = ScoreLine.objects.filter(run=appeal.run_id, department=appeal.department_id).select_related("indicator")
    if appeal.indicator_id:
        lines = lines.filter(indicator=appeal.indicator_id)
    return {kpi for line in lines for kpi in kpis_of(line.indicator)}


def approved_by(run: ScoreRun) -> set[int]:
    """Accounts of those who ruled on the run or on one it descends from, whose scores it carries on, themselves or through
    somebody who stood in for them. Two queries."""
    rows = ScoreRun.objects.filter(pk__in=line_of(run), case__steps__decided_by__isnull=False)
    answered = rows.order_by().values_list("case__steps__decided_by", "case__steps__decided_for").distinct()
    return {pk for pair in answered for pk in pair if pk is not None}


def ruled_before(appeal: Appeal) -> set[int]:
    """Accounts of those who ruled on the same matter in any version of the month. One query."""
    same = Appeal.objects.filter(
        run__month=appeal.run.month,
        department=appeal.department_id,
        indicator=appeal.indicator_id,
        person=appeal.person_id,
        state__in=RULINGS,
    )
    return set(same.exclude(ruled_by=None).values_list("ruled_by", flat=True))


def belong_to(appeal: Appeal, today: date) -> set[int]:
    """Accounts of those who work in the department, or in one where the appellant or the person works. One query."""
    people = [appeal.person_id] if appeal.person_id else []
    return accounts_around(day=today, departments=[appeal.department_id], users=[appeal.filed_by_id], people=people)
