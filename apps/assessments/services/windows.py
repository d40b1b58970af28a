"""Until when one can appeal: within the window of the edition that last changed what the appeal is about.

The first edition gives everybody their days. A later one gives them to those whom it changed; to nobody else.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from apps.assessments.models import Appeal, AssessedMonth, PersonScore, Score, ScoreRun
from apps.assessments.models.appeals import OPEN_APPEALS
from apps.assessments.rules.appeals import RULINGS
from apps.assessments.selectors.appealable import Course, department_courses, person_course


def window_of(place: AssessedMonth) -> datetime | None:
    """Until when appeals against what the published edition of a month changed are taken; None where none is published."""
    if place.published is None:
        return None
    return window_since(place, place.published)


def window_since(place: AssessedMonth, edition: ScoreRun) -> datetime:
    """Until when appeals against what that EDITION of the month changed are taken; of the present one as the month says."""
    if edition.pk == place.published_id and place.appeals_until is not None:
        return place.appeals_until
    return edition.publication.appeals_until


def settling(course: Course, appeals: Iterable[Appeal]) -> Appeal | None:
    """Of APPEALS about one thing the newest that keeps another one out: it is open, or was ruled on, and what it is about
    stands as it did in the edition that was ruled on."""
    found = (
        one
        for one in sorted(appeals, key=lambda one: one.pk, reverse=True)
        if one.state in OPEN_APPEALS or (one.state in RULINGS and course.is_as_in(one.run_id))
    )
    return next(found, None)


def open_matters(
    place: AssessedMonth,
    department: int,
    *,
    indicators: Sequence[int],
    appeals: Sequence[Appeal],
    now: datetime,
    known: Sequence[Score] | None = None,
) -> dict[int | None, datetime]:
    """What of a department's published month can be appealed against NOW, and until when: its lines by INDICATORS, under
    None the score as a whole. APPEALS: those there are about the department's month; KNOWN: its scores. One query
    at most."""
    if place.published is None or place.final_at is not None:
        return {}
    of_department = [one for one in appeals if one.person_id is None]
    return still_open(
        place,
        {
            key: course
            for key, course in department_courses(place.published, department, indicators, known).items()
            if settling(course, [one for one in of_department if one.indicator_id == key]) is None
        },
        now,
    )


def open_in_person(
    place: AssessedMonth,
    person: int,
    *,
    appeals: Sequence[Appeal],
    now: datetime,
    known: Sequence[PersonScore] | None = None,
) -> datetime | None:
    """Until when a person can appeal against their own published score, if they can NOW. APPEALS: those about it."""
    if place.published is None or place.final_at is not None:
        return None
    course = person_course(place.published, person, known)
    return still_open(place, {} if settling(course, appeals) else {None: course}, now).get(None)


def still_open(place: AssessedMonth, courses: Mapping[int | None, Course], now: datetime) -> dict[int | None, datetime]:
    """Those of COURSES whose days are not over, with their last moment."""
    until = {key: window_since(place, course.since) for key, course in courses.items()}
    return {key: moment for key, moment in until.items() if now <= moment}
