"""Nominations as they may be read, and the months of best grades that they follow from."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.utils.translation import gettext as _

from apps.assessments.choices import NominationState, RunState
from apps.assessments.models import Nomination, PersonScore
from apps.assessments.rules.consequences import MONTHS_LOOKED_AT
from apps.assessments.selectors.rewards import sees_rewards
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import visible_departments

DECIDE = "assessments.decide_rewards"


def visible_nominations(scope: Scope) -> QuerySet[Nomination]:
    """All for those who work on rewards; else the accepted ones of oneself and of the departments one may see."""
    rows = Nomination.objects.select_related("person", "department", "decided_by")
    if sees_rewards(scope):
        return rows
    if not scope.may("assessments.view"):
        return rows.none()
    places = {*visible_departments(scope).values_list("pk", flat=True)} if scope.department_ids else set()
    if scope.home_department_id is not None:
        places.add(scope.home_department_id)
    own = Q(person=None, department__in=places)
    if scope.person_id is not None:
        own |= Q(person=scope.person_id)
    return rows.filter(own, state=NominationState.ACCEPTED)


def nomination_for(scope: Scope, pk: int) -> Nomination:
    """One nomination; NotFound is the same for what does not exist and what is not theirs."""
    found = visible_nominations(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such nomination, or it lies outside what you may see."))
    return found


def nominations_of(scope: Scope, month: Month) -> list[Nomination]:
    """Those of a month that still follow from its grades, departments first. One query."""
    rows = visible_nominations(scope).filter(month=month.first_day).exclude(state=NominationState.DROPPED)
    return list(rows.order_by("kind", "person__name", "department__name", "pk"))


def nominations_to_decide(scope: Scope) -> int:
    """How many wait, for those who decide on them. One query."""
    if not scope.may(DECIDE):
        return 0
    rows = visible_nominations(scope).filter(state=NominationState.PROPOSED)
    return rows.exclude(person=scope.person_id).count() if scope.person_id is not None else rows.count()


def best_months(month: Month) -> Mapping[int, set[Month]]:
    """By person: the months with the best grade of the rules of each, from six before MONTH to six after
    it, as published. Only the best grades are read. One query."""
    best: Any = KeyTextTransform("grade", KeyTransform("0", "run__scheme__grades"))
    rows = PersonScore.objects.filter(
        run__state=RunState.PUBLISHED,
        run__month__gte=month.plus(-MONTHS_LOOKED_AT).first_day,
        run__month__lte=month.plus(MONTHS_LOOKED_AT).first_day,
    ).annotate(best=best)
    found: dict[int, set[Month]] = {}
    for person, day in (
        rows.filter(grade=F("best")).order_by().values_list("person", "run__month").iterator(chunk_size=5_000)
    ):
        found.setdefault(person, set()).add(Month.of(day))
    return found
