"""The personal part of people's scores: given by whoever leads them, until the month is handed in."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.assessments.models import Appraisal
from apps.assessments.selectors.appraising import (
    given_anew,
    newest_given,
    people_to_appraise,
    scheme_of_people,
    takes_appraisals,
)
from apps.assessments.services.computing import locked_month
from apps.assessments.services.refusals import MonthBusy, NoScheme, NotYourStep
from apps.core.clock import local_date
from apps.core.errors import Refusal
from apps.core.history import because
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.wording import month_text

MOST_POINTS = Decimal(100)
LONGEST_NOTE = 500


class WrongAppraisals(Refusal):
    """Points outside 0 to 100, with more than two decimals, or for somebody twice; details name each row."""

    code: ClassVar[str] = "wrong_appraisals"


@dataclass(frozen=True, slots=True)
class PointsFor:
    """What one person is given: POINTS of 100, and why."""

    person: int
    points: Decimal
    note: str = ""


@dataclass(frozen=True, slots=True)
class Appraised:
    """What became of them: how many are new versions, how many said what was stored."""

    saved: int
    unchanged: int


@transaction.atomic
def appraise_people(*, month: Month, given: Sequence[PointsFor], scope: Scope, by: User, now: datetime) -> Appraised:
    """Give the personal part of MONTH. assessments.rate; only to people `people_to_appraise` names.

    Each change is a new version, what says the same changes nothing. Refuses: oneself, people led by others, points outside
    0 to 100, a month that has not begun or whose rules score no people, and one that is handed in or published, but for
    people whose appeal is under review or granted in a draft that is not handed in, and those for whose personal part a
    correction waits. All are stored or none.
    """
    require_begun(month, now)
    if scheme_of_people(scope, month) is None:
        raise NoScheme(
            _(
                "The rules of %(month)s give people no score, or their personal part weighs nothing. There is "
                "nothing to give; let the next scheme say otherwise."
            )
            % {"month": month_text(month)}
        )
    if not given:
        # Not even the month begins by an empty grid.
        return Appraised(0, 0)
    place = locked_month(month)
    require_sane(given)
    require_led(given, scope=scope, by=by, month=month)
    stored = newest_given(by, month, [one.person for one in given])
    changed = [one for one in given if is_new(one, stored)]
    if not takes_appraisals(place) and not {one.person for one in changed} <= given_anew(month):
        raise MonthBusy(
            _("The scores of %(month)s are handed in: their personal parts stand. Ask HR to send the month back.")
            % {"month": month_text(month)}
        )
    with because("assessments.appraised", by=by):
        Appraisal.objects.bulk_create([row_of(one, stored, month, by, now) for one in changed])
    return Appraised(len(changed), len(given) - len(changed))


def is_new(one: PointsFor, stored: Mapping[int, Appraisal]) -> bool:
    """Whether this says something else than the newest version."""
    row = stored.get(one.person)
    return row is None or (row.points, row.note) != (one.points, one.note.strip())


def row_of(one: PointsFor, stored: Mapping[int, Appraisal], month: Month, by: User, now: datetime) -> Appraisal:
    """The next version."""
    row = stored.get(one.person)
    return Appraisal(
        person_id=one.person,
        month=month.first_day,
        version=row.version + 1 if row else 1,
        points=one.points,
        note=one.note.strip(),
        said_by=by,
        said_at=now,
    )


def require_begun(month: Month, now: datetime) -> None:
    """Refuse a month of which nothing can be said yet."""
    if month > Month.of(local_date(now)):
        raise MonthBusy(
            _("%(month)s has not begun: nobody can be appraised for it yet. Choose a month that has begun.")
            % {"month": month_text(month)}
        )


def require_sane(given: Sequence[PointsFor]) -> None:
    """Refuse points that are none, too long notes and people named twice, each by its row."""
    counts = Counter(one.person for one in given)
    rows = [
        {"row": one.person, "field": field, "code": "invalid", "message": message}
        for one in given
        for field, message in faults_of(one, counts[one.person])
    ]
    if rows:
        raise WrongAppraisals(str(rows[0]["message"]), field=str(rows[0]["field"]), details={"rows": rows})


def faults_of(one: PointsFor, count: int) -> list[tuple[str, str]]:
    """What is wrong with one row: (field, sentence)."""
    found = []
    if not 0 <= one.points <= MOST_POINTS:
        found.append(("points", _("Give points from 0 to 100.")))
    elif one.points != one.points.quantize(Decimal("0.01")):
        found.append(("points", _("Give at most two decimals.")))
    if len(one.note) > LONGEST_NOTE:
        found.append(("note", _("Keep the comment to 500 signs.")))
    if count > 1:
        found.append(("person", _("This person is named twice. Leave one of the two out.")))
    return found


def require_led(given: Sequence[PointsFor], *, scope: Scope, by: User, month: Month) -> None:
    """Refuse the person themselves, and everybody whose line manager somebody else is."""
    led = {row.person.pk: row for row in people_to_appraise(scope, user=by, month=month)}
    if scope.person_id is not None and any(one.person == scope.person_id for one in given):
        raise NotYourStep(
            _("Nobody gives themselves the personal part. Leave yourself out: whoever leads you gives it."),
            field="person",
        )
    strangers = [one.person for one in given if one.person not in led]
    if strangers:
        raise NotYourStep(
            ngettext(
                "One of these people is not led by you in %(month)s. Leave them out.",
                "%(count)s of these people are not led by you in %(month)s. Leave them out.",
                len(strangers),
            )
            % {"count": len(strangers), "month": month_text(month)},
            field="person",
            details={
                "rows": [
                    {"row": pk, "field": "person", "code": "not_led", "message": _("Not led by you.")}
                    for pk in strangers
                ]
            },
        )
