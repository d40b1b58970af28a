"""How people's personal parts were given in a month, and how people's grades fall against what is recommended."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Count

from apps.assessments.choices import PersonStatus
from apps.assessments.models import Appraisal, PersonScore, ScoreRun
from apps.assessments.rules.appraisers import appraiser_checks
from apps.assessments.rules.distribution import quota
from apps.assessments.rules.raters import Opinion, RaterCheck
from apps.assessments.selectors.board import BEST_GRADE_PCT, TooMany
from apps.assessments.selectors.scores import sees_drafts
from apps.core.month import Month
from apps.core.scope import Scope

ONE_CRITERION = 0


def appraisers_in(scope: Scope, month: Month) -> tuple[list[RaterCheck], dict[str, str]]:
    """How everybody who gave personal parts of the month gave them, with their names; nothing for those who may not compare
    them. One query."""
    if not (scope.is_company and sees_drafts(scope)):
        return [], {}
    rows = (
        Appraisal.objects.filter(month=month.first_day)
        .order_by("person", "said_by", "-version")
        .distinct("person", "said_by")
        .values_list("said_by", "said_by__name", "person", "points")
    )
    opinions, names = [], {}
    for rater, name, person, points in rows:
        names[str(rater)] = name
        level = f"{points.normalize():f}"
        opinions.append(Opinion(str(rater), person, ONE_CRITERION, Fraction(points), level))
    return appraiser_checks(opinions), names


@dataclass(frozen=True, slots=True)
class GroupTooMany:
    """A department more of whose people have the best grade than is recommended."""

    department: int
    name: str
    code: str
    size: int
    count: int
    most: int


@dataclass(frozen=True, slots=True)
class PeopleWarning:
    """Where more people have the best grade than is recommended: a recommendation, never in the way of anything."""

    whole: TooMany | None
    """In the whole company."""
    groups: tuple[GroupTooMany, ...]
    """Departments, those furthest over it first. Those with fewer than five people are exempt."""


NO_WARNING = PeopleWarning(None, ())


def people_warning(run: ScoreRun) -> PeopleWarning:
    """How people's grades in a run fall against the recommended distribution. One query; none where nobody has a grade."""
    if not run.person_count or not run.scheme.grades:
        return NO_WARNING
    best = str(run.scheme.grades[0]["grade"])
    rows = PersonScore.objects.filter(run=run, status=PersonStatus.OK).order_by()
    counted = rows.values_list("department", "department__name", "department__code", "grade").annotate(n=Count("pk"))
    sizes: dict[int, int] = {}
    bests: dict[int, int] = {}
    names: dict[int, tuple[str, str]] = {}
    for department, name, code, grade, count in counted:
        names[department] = (name, code)
        sizes[department] = sizes.get(department, 0) + count
        bests[department] = bests.get(department, 0) + (count if grade == best else 0)
    return PeopleWarning(whole_over(best, sizes, bests), groups_over(names, sizes, bests))


def whole_over(best: str, sizes: Mapping[int, int], bests: Mapping[int, int]) -> TooMany | None:
    """The company's warning."""
    allowed, found = quota(sum(sizes.values()), BEST_GRADE_PCT), sum(bests.values())
    if allowed.most is None or found <= allowed.most:
        return None
    return TooMany(best, found, allowed.most, BEST_GRADE_PCT)


def groups_over(
    names: Mapping[int, tuple[str, str]], sizes: Mapping[int, int], bests: Mapping[int, int]
) -> tuple[GroupTooMany, ...]:
    """The departments' warnings."""
    found = []
    for department, size in sizes.items():
        allowed = quota(size, BEST_GRADE_PCT)
        if allowed.most is not None and bests[department] > allowed.most:
            found.append(GroupTooMany(department, *names[department], size, bests[department], allowed.most))
    return tuple(sorted(found, key=lambda one: (one.most - one.count, one.name, one.department)))
