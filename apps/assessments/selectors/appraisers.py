"""How people's personal parts were given in a month, and how people's grades fall against what is recommended."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Count

from apps.assessments.choices import PersonStatus
from apps.assessments.models import Appraisal, PersonScore, ScoreRun
from apps.assessments.rules.appraisers import appraiser_checks
from apps.assessments.rules.distribution import Over, over_quota, recommended
from apps.assessments.rules.raters import Opinion, RaterCheck, standardised
from apps.assessments.selectors.rating import StandardLine
from apps.assessments.selectors.scores import sees_drafts
from apps.core.month import Month
from apps.core.scope import Scope

ONE_CRITERION = 0


@dataclass(frozen=True, slots=True)
class PartsGiven:
    """Personal parts of a month as opinions, with the names of those who gave them and of those who got them."""

    opinions: list[Opinion]
    givers: dict[str, str]
    people: dict[int, str]


def parts_given(scope: Scope, month: Month) -> PartsGiven:
    """What everybody gave last; nothing for those who may not compare it. One query."""
    found = PartsGiven([], {}, {})
    if not (scope.is_company and sees_drafts(scope)):
        return found
    rows = (
        Appraisal.objects.filter(month=month.first_day)
        .order_by("person", "said_by", "-version")
        .distinct("person", "said_by")
        .values_list("said_by", "said_by__name", "person", "person__name", "points")
    )
    for rater, giver, person, name, points in rows:
        found.givers[str(rater)], found.people[person] = giver, name
        level = f"{points.normalize():f}"
        found.opinions.append(Opinion(str(rater), person, ONE_CRITERION, Fraction(points), level))
    return found


def appraisers_in(scope: Scope, month: Month) -> tuple[list[RaterCheck], dict[str, str]]:
    """How everybody who gave personal parts of the month gave them, with their names; nothing for those who may not compare
    them. One query."""
    given = parts_given(scope, month)
    return appraiser_checks(given.opinions), given.givers


def standardised_parts_in(scope: Scope, month: Month) -> list[StandardLine]:
    """Every personal part of the month as given and on the common scale, by person and giver; nothing for those who may not
    compare them. One query."""
    given = parts_given(scope, month)
    lines = [
        StandardLine(given.givers[one.opinion.rater], given.people[one.opinion.subject], "", one)
        for one in standardised(given.opinions)
    ]
    return sorted(lines, key=lambda line: (line.subject, line.found.opinion.subject, line.rater))


@dataclass(frozen=True, slots=True)
class GroupTooMany:
    """A department more of whose people have a grade than is recommended."""

    department: int
    name: str
    code: str
    size: int
    grade: str
    count: int
    most: int


@dataclass(frozen=True, slots=True)
class PeopleWarning:
    """Where more people have a grade than is recommended: a recommendation, never in the way of anything."""

    whole: tuple[Over, ...]
    """In the whole company, by grade."""
    groups: tuple[GroupTooMany, ...]
    """Departments, those furthest over it first. Those with fewer than five people are exempt."""


NO_WARNING = PeopleWarning((), ())


def people_warning(run: ScoreRun) -> PeopleWarning:
    """How people's grades in a run fall against the recommended distribution. One query; none where nobody has a grade."""
    if not run.person_count or not run.scheme.grades:
        return NO_WARNING
    rows = PersonScore.objects.filter(run=run, status=PersonStatus.OK).order_by()
    counted = rows.values_list("department", "department__name", "department__code", "grade").annotate(n=Count("pk"))
    groups: dict[tuple[int, str, str], dict[str, int]] = {}
    whole: Counter[str] = Counter()
    for department, name, code, grade, count in counted:
        groups.setdefault((department, name, code), {})[grade] = count
        whole[grade] += count
    shares = recommended(run.scheme.grades)
    return PeopleWarning(over_quota(whole, shares, size=whole.total()), groups_over(groups, shares))


def groups_over(
    groups: Mapping[tuple[int, str, str], Mapping[str, int]], shares: Mapping[str, Fraction]
) -> tuple[GroupTooMany, ...]:
    """The departments' warnings. GROUPS: how many have each grade, by (key, name, code)."""
    found = []
    for (department, name, code), counts in groups.items():
        size = sum(counts.values())
        over = over_quota(counts, shares, size=size)
        found += [GroupTooMany(department, name, code, size, one.grade, one.count, one.most) for one in over]
    return tuple(sorted(found, key=lambda one: (one.most - one.count, one.name, one.department)))
