"""What raters say of departments for indicators of described levels. Nobody rates what they lead or belong to."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assessments.models import AssessedDepartment, Indicator, Rating, Scheme
from apps.assessments.rules.raters import is_correctable
from apps.assessments.selectors.appraising import public_lines_under_appeal
from apps.assessments.selectors.assessed import RATED, own_departments, public_standing
from apps.assessments.selectors.rating import levels_of, rated_by
from apps.assessments.services.entries import RESTATE
from apps.assessments.services.registers import (
    NotAssessed,
    OwnDepartment,
    WrongRating,
    require_begun,
    require_indicator,
    require_scheme,
)
from apps.assessments.services.reported import number_of
from apps.core.clock import local_date
from apps.core.errors import NotAllowed
from apps.core.history import because
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.wording import month_text
from apps.departments.models import Department
from apps.departments.selectors import open_department_ids

RATE = "assessments.rate"
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Said:
    """One rating as it is given. LEVEL: a level's name, or a percentage where the indicator names no levels."""

    department: Department
    indicator: Indicator
    level: str


@dataclass(frozen=True, slots=True)
class Rated:
    """What came of ratings saved together."""

    new: int
    unchanged: int
    needs_revision: bool


@transaction.atomic
def rate_departments(
    *, month: Month, ratings: Sequence[Said], scope: Scope, by: User, now: datetime, note: str = ""
) -> Rated:
    """Say what the rater thinks of departments in MONTH, all together or none. assessments.rate, by raters the scheme names.

    The same level again is no new version. Refuses a department the rater leads or belongs to and an unknown level. Once the
    month's scores are handed in or published it is a correction: only with a NOTE that says why, and only with
    assessments.restate or of a line whose appeal is under review; the version is marked restated.
    """
    if not scope.may(RATE):
        raise NotAllowed(_("You may not rate departments. Ask an administrator for a role that may."))
    require_begun(month, now)
    scheme = require_scheme(month)
    places = locked_places(scheme, month, [one.department for one in ratings])
    own = own_departments(by, month, local_date(now)) if ratings else frozenset()
    named = set(rated_by(by).filter(scheme=scheme).values_list("pk", flat=True)) if ratings else set()
    tidied = [(one, tidy_rating(one, places, own, named)) for one in ratings]
    last = newest_of(month, by, [one.indicator for one in ratings])
    fresh = [(one, level) for one, level in tidied if level_in(last, one) != level]
    standing = public_standing(month)
    is_restated = bool(fresh) and standing.is_handed_in
    if is_restated:
        require_correction([one for one, _level in fresh], month, scope=scope, note=note)
    with because("assessments.rated", reason=note.strip(), by=by):
        Rating.objects.bulk_create(
            Rating(
                month=month.first_day,
                indicator=one.indicator,
                department=one.department,
                version=version_in(last, one) + 1,
                level=level,
                note=note.strip()[:LONGEST_NOTE],
                said_by=by,
                said_at=now,
                is_restated=is_restated,
            )
            for one, level in fresh
        )
    return Rated(len(fresh), len(tidied) - len(fresh), needs_revision=bool(fresh) and standing.is_published)


def require_correction(fresh: Iterable[Said], month: Month, *, scope: Scope, note: str) -> None:
    """Refuse what changes ratings of a month that is handed in, but a correction with its reason. One query at most."""
    taken = None if scope.may(RESTATE) else public_lines_under_appeal(month)
    shut = [one for one in fresh if not is_correctable(one.department.pk, one.indicator.pk, taken)]
    if shut:
        raise NotAllowed(
            _(
                "The scores of %(month)s are handed in or published: the rating of %(place)s by “%(indicator)s” stands. It "
                "can be corrected while an appeal about it is under review; else only by a rater who may restate what was "
                "reported, as the chief operating officer may. Leave it as it is, or tell them what is wrong."
            )
            % {"month": month_text(month), "place": shut[0].department.name, "indicator": shut[0].indicator.name},
            field="level",
        )
    if not note.strip():
        raise WrongRating(
            _("The scores of %(month)s are handed in or published: write why the rating changes.")
            % {"month": month_text(month)},
            field="note",
        )


def locked_places(scheme: Scheme, month: Month, departments: Iterable[Department]) -> dict[int, AssessedDepartment]:
    """How the scheme judges these departments, under lock, so that versions have no twin. Two queries."""
    wanted = {one.pk: one for one in departments}
    rows = AssessedDepartment.objects.filter(scheme=scheme, department__in=wanted).select_related("department")
    found = {row.department_id: row for row in rows.select_for_update(of=("self",), no_key=True).order_by("pk")}
    open_ids = open_department_ids(found, month.last_day)
    for pk, place in wanted.items():
        if pk not in open_ids:
            raise NotAssessed(
                _(
                    "%(place)s is not assessed in %(month)s. Choose a department that stands in a scorecard of the month."
                )
                % {"place": place.name, "month": month_text(month)},
                field="department",
            )
    return found


def tidy_rating(one: Said, places: Mapping[int, AssessedDepartment], own: frozenset[int], named: Container[int]) -> str:
    """The level as it is kept; refuses what this rater may not say. OWN: departments they lead or belong to; NAMED:
    indicators for which the scheme names them."""
    require_indicator(places[one.department.pk], one.indicator, RATED)
    words = {"place": one.department.name, "indicator": one.indicator.name, "level": one.level[:40]}
    if one.indicator.pk not in named:
        raise NotAllowed(
            _(
                "You are not named as a rater of “%(indicator)s”. The scheme says who rates. Leave it to them, "
                "or let HR name you in the next scheme."
            )
            % words,
            field="indicator",
        )
    if one.department.pk in own:
        raise OwnDepartment(
            _("You lead or belong to %(place)s: somebody else must rate it. Leave it out.") % words, field="department"
        )
    levels = levels_of(one.indicator)
    if one.level in levels:
        return one.level
    number = None if levels else number_of(one.level)
    if number is None or not 0 <= number <= 100 or number != round(number, 2):
        known = _("Choose one of: %(known)s.") % {"known": ", ".join(levels)} if levels else _("Write 0 to 100.")
        raise WrongRating(
            _("“%(level)s” is no level of “%(indicator)s”.") % words + " " + known,
            field="level",
        )
    return f"{number.normalize():f}"


def newest_of(month: Month, by: User, indicators: Iterable[Indicator]) -> dict[tuple[int, int], Rating]:
    """(indicator, department) → what the rater said last. One query."""
    rows = Rating.objects.filter(month=month.first_day, said_by=by, indicator__in={one.pk for one in indicators})
    return {(row.indicator_id, row.department_id): row for row in rows.order_by("version")}


def level_in(last: Mapping[tuple[int, int], Rating], one: Said) -> Any:
    """The level said last; None where nothing was said."""
    row = last.get((one.indicator.pk, one.department.pk))
    return row.level if row else None


def version_in(last: Mapping[tuple[int, int], Rating], one: Said) -> int:
    """The version said last; 0 where nothing was said."""
    row = last.get((one.indicator.pk, one.department.pk))
    return row.version if row else 0
