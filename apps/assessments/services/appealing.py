"""An appeal on its way: filed, admitted or not, withdrawn, taken to the second level. The ruling: services/ruling.py."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assessments.choices import AppealState
from apps.assessments.models import Appeal, AssessedMonth, Indicator, PersonScore, Score, ScoreLine, ScoreRun
from apps.assessments.models.appeals import OPEN_APPEALS
from apps.assessments.rules.appeals import LAST_LEVEL, days_of, may_follow, may_go_higher
from apps.assessments.selectors.appealable import Course, department_courses, person_course
from apps.assessments.services import telling_appeals as telling
from apps.assessments.services.computing import locked_month
from apps.assessments.services.refusals import AppealMoved, AppealRefused, NotYourStep
from apps.assessments.services.reviewers import higher_reviewer, reviewer_for
from apps.assessments.services.windows import settling, window_since
from apps.core.clock import local_date
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import day_text, month_text
from apps.departments.models import Department
from apps.departments.selectors import ancestors_of
from apps.periods.selectors import deadline_after
from apps.staff.models import Person
from apps.staff.selectors.colleagues import is_leading


@dataclass(frozen=True, slots=True)
class Matter:
    """What an appeal is about: a department's month, one line of it, or a person's."""

    run: ScoreRun
    department: Department
    indicator: Indicator | None = None
    person: Person | None = None


@transaction.atomic
def file_appeal(*, matter: Matter, reason: str, by: User, now: datetime, wish: str = "") -> Appeal:
    """Disagree with a published score. assessments.appeal: who leads the department, or the person for their own score.

    Refuses without a reason, for what is not published (any more), after the window of the edition that last changed it,
    and where the same line has an open appeal in any edition, or was ruled on and stands as it did then.
    """
    words = required(reason, _("Say what is wrong: whoever reviews it must know where to look."))
    place = locked_month(Month.of(matter.run.month))
    require_published(place, matter.run)
    require_there(matter)
    require_concerned(matter.department.pk, matter.person, by=by, now=now)
    course = course_of(matter)
    require_first(matter, course, now)
    require_open_window(place, course, now)
    appeal = Appeal(
        run=matter.run,
        department=matter.department,
        indicator=matter.indicator,
        person=matter.person,
        reason=words,
        wish=wish.strip()[:500],
        filed_by=by,
        filed_at=now,
        due_at=ruling_deadline(matter.run, now),
    )
    with because("assessments.appeal_filed", by=by):
        appeal.save()
    telling.filed(appeal, now=now)
    return appeal


@transaction.atomic
def admit_appeal(*, appeal: Appeal, by: User, now: datetime) -> Appeal:
    """Take an appeal up and name its reviewer, who had no part in the score. assessments.admit_appeals (HR)."""
    found = locked_appeal(appeal)
    require_step(found, AppealState.REVIEWING)
    refuse_own(found, by)
    found.state, found.admitted_by, found.admitted_at = AppealState.REVIEWING, by, now
    found.reviewer = reviewer_for(found, admitted_by=by, today=local_date(now))
    with because("assessments.appeal_admitted", by=by):
        found.save(update_fields=["state", "admitted_by", "admitted_at", "reviewer", "updated_at"])
    telling.admitted(found, now=now)
    return found


@transaction.atomic
def reject_appeal(*, appeal: Appeal, reason: str, by: User, now: datetime) -> Appeal:
    """Send an appeal back for a formal reason, without a look at the matter. assessments.admit_appeals (HR)."""
    words = required(reason, _("Say why the appeal is not taken up."))
    found = locked_appeal(appeal)
    require_step(found, AppealState.REJECTED)
    refuse_own(found, by)
    found.state, found.ruling, found.ruled_by, found.ruled_at = AppealState.REJECTED, words, by, now
    with because("assessments.appeal_rejected", reason=words[:500], by=by):
        found.save(update_fields=["state", "ruling", "ruled_by", "ruled_at", "updated_at"])
    telling.rejected(found, now=now)
    return found


@transaction.atomic
def withdraw_appeal(*, appeal: Appeal, by: User, now: datetime) -> Appeal:
    """Take the own appeal back before it is taken up. assessments.appeal."""
    found = locked_appeal(appeal)
    require_step(found, AppealState.WITHDRAWN)
    if found.filed_by_id != by.pk:
        raise NotYourStep(_("Only whoever filed an appeal withdraws it. Ask them; the reviewer can dismiss it."))
    found.state = AppealState.WITHDRAWN
    with because("assessments.appeal_withdrawn", by=by):
        found.save(update_fields=["state", "updated_at"])
    telling.withdrawn(found, now=now)
    return found


@transaction.atomic
def take_to_second_level(*, appeal: Appeal, reason: str, by: User, now: datetime) -> Appeal:
    """Ask the GM about a ruling that did not grant all, within the ruling days. assessments.appeal, as for filing."""
    words = required(reason, _("Say what the ruling overlooked."))
    former = locked_appeal(appeal)
    require_concerned(former.department_id, former.person, by=by, now=now)
    require_second_level(former, now)
    following = Appeal(
        run=former.run,
        department=former.department,
        indicator=former.indicator,
        person=former.person,
        level=LAST_LEVEL,
        former=former,
        state=AppealState.REVIEWING,
        reason=words,
        wish=former.wish,
        filed_by=by,
        filed_at=now,
        due_at=ruling_deadline(former.run, now),
        reviewer=higher_reviewer(former),
    )
    with because("assessments.appeal_taken_higher", by=by):
        following.save()
    telling.taken_higher(following, now=now)
    return following


def second_level_ends(appeal: Appeal) -> datetime | None:
    """Until when a ruling may be taken to the second level; None for one that may not. One query."""
    if appeal.ruled_at is None or not may_go_higher(appeal.state, appeal.level):
        return None
    return deadline_after(appeal.ruled_at, days_of(appeal.run.scheme.calendar, "ruling_days"))


def ruling_deadline(run: ScoreRun, now: datetime) -> datetime:
    """By when an appeal filed NOW is to be answered. One query."""
    return deadline_after(now, days_of(run.scheme.calendar, "ruling_days"))


def locked_appeal(appeal: Appeal) -> Appeal:
    """The appeal as it is now, under the lock of its month: nobody else files, rules or publishes meanwhile."""
    locked_month(Month.of(appeal.run.month))
    return Appeal.objects.select_for_update().get(pk=appeal.pk)


def required(text: str, problem: str, field: str = "reason") -> str:
    """TEXT without blanks around it; refused with PROBLEM where nothing is left."""
    words = text.strip()[:2000]
    if not words:
        raise AppealRefused(problem, field=field)
    return words


def require_step(appeal: Appeal, following: AppealState) -> None:
    """Refuse a step that does not follow from where the appeal stands."""
    if may_follow(appeal.state, following):
        return
    raise AppealMoved(
        _("%(appeal)s is “%(state)s” now. Load the page again.")
        % {"appeal": appeal, "state": appeal.get_state_display()},
        details={"state": appeal.state},
    )


def refuse_own(appeal: Appeal, by: User) -> None:
    """Nobody decides on their own appeal."""
    if appeal.filed_by_id == by.pk:
        raise NotYourStep(
            _("You filed this appeal yourself: somebody else decides on it. Leave it to them, or withdraw it.")
        )


def require_published(place: AssessedMonth, run: ScoreRun) -> None:
    """Refuse what is not the published version of its month."""
    month = Month.of(place.month)
    if place.published_id is None:
        raise AppealRefused(
            _("The scores of %(month)s are not published yet. Wait for the publication: you are told of it.")
            % {"month": month_text(month)}
        )
    if place.published_id != run.pk:
        raise AppealMoved(
            _("Version %(version)s of %(month)s is no longer the published one. Appeal against the present version.")
            % {"version": run.version, "month": month_text(month)},
            details={"state": run.state},
        )


def course_of(matter: Matter) -> Course:
    """What an appeal is about, through the editions of its month. One query at most."""
    if matter.person is not None:
        return person_course(matter.run, matter.person.pk)
    line = matter.indicator.pk if matter.indicator else None
    return department_courses(matter.run, matter.department.pk, [] if line is None else [line])[line]


def require_open_window(place: AssessedMonth, course: Course, now: datetime) -> None:
    """Refuse what comes after the days of the edition that last changed what it is about."""
    since, latest = course.since, course.editions[-1]
    until = window_since(place, since)
    if place.final_at is None and now <= until:
        return
    said = {
        "month": month_text(Month.of(place.month)),
        "day": day_text(local_date(until)),
        "edition": latest.publication.number,
        "since": since.publication.number,
    }
    words = (
        _(
            "Appeals against the scores of %(month)s were taken until %(day)s. That is over. What is "
            "plainly wrong HR can still correct: tell them."
        )
        if since.pk == latest.pk
        else _(
            "Edition %(edition)s of %(month)s left this as it stands since edition %(since)s, and appeals against that were "
            "taken until %(day)s. That is over. What is plainly wrong HR can still correct: tell them."
        )
    )
    raise AppealRefused(words % said, details={"until": until.isoformat()})


def require_there(matter: Matter) -> None:
    """Refuse a department, line or person that the run does not hold."""
    if matter.person is not None:
        held = PersonScore.objects.filter(run=matter.run, person=matter.person, department=matter.department)
        is_there = matter.indicator is None and held.exists()
    elif matter.indicator is not None:
        of_department = ScoreLine.objects.filter(run=matter.run, department=matter.department)
        is_there = of_department.filter(indicator=matter.indicator).exists()
    else:
        is_there = Score.objects.filter(run=matter.run, department=matter.department).exists()
    if not is_there:
        raise AppealRefused(
            _("There is no such line in the published scores. Open the receipt and choose one there."),
            field="indicator",
        )


def require_concerned(department: int, person: Person | None, *, by: User, now: datetime) -> None:
    """Refuse everybody but the person concerned, and for a department those who lead it or one above it today."""
    if person is not None:
        if person.user_id == by.pk:
            return
        raise NotYourStep(_("Only %(person)s can appeal against this score. Ask them to file it.") % {"person": person})
    today = local_date(now)
    line = ancestors_of({department}, today).get(department, [department])
    if not is_leading(user=by.pk, departments=line, day=today):
        raise NotYourStep(
            _("Only somebody who leads the department can appeal against its score. Ask its head or deputy to file it.")
        )


def appeals_about(matter: Matter) -> QuerySet[Appeal]:
    """Every appeal about the same thing, in any edition of the month."""
    rows = Appeal.objects.filter(run__month=matter.run.month)
    if matter.person is not None:
        return rows.filter(person=matter.person)
    return rows.filter(department=matter.department, indicator=matter.indicator, person=None)


def require_first(matter: Matter, course: Course, now: datetime) -> None:
    """Refuse a second appeal about what is appealed against already, or was ruled on and stands as it did then."""
    known = settling(course, appeals_about(matter).select_related("run__scheme"))
    if known is None:
        return
    if known.state in OPEN_APPEALS:
        problem = _("%(appeal)s about the same line is open already. Wait for its ruling.")
    else:
        problem = who_decides_further(known, now)
    raise AppealMoved(problem % {"appeal": known}, details={"appeal": known.pk, "state": known.state})


def who_decides_further(ruled: Appeal, now: datetime) -> str:
    """Where somebody turns whose appeal about what still stands so was ruled on. Two queries at most."""
    until = second_level_ends(ruled)
    if until is None and ruled.state == AppealState.UPHELD:
        return _(
            "%(appeal)s about the same line was upheld: wait for the corrected version. What is still plainly wrong in it "
            "HR can correct: tell them."
        )
    if until is None or Appeal.objects.filter(former=ruled).exists():
        return _(
            "%(appeal)s about the same line was ruled on by the general manager, and the line stands as it did then: that "
            "ruling is the last one. What is plainly wrong HR can still correct: tell them."
        )
    if now > until:
        return _(
            "%(appeal)s about the same line was ruled on, and the line stands as it did then. The days to ask the general "
            "manager are over. What is plainly wrong HR can still correct: tell them."
        )
    return _(
        "%(appeal)s about the same line was ruled on, and the line stands as it did then. The general manager decides "
        "further: take that ruling to the second level instead."
    )


def require_second_level(former: Appeal, now: datetime) -> None:
    """Refuse a second level where there is none, where it was asked already, and after its days."""
    until = second_level_ends(former)
    if until is None:
        raise AppealMoved(
            _(
                "%(appeal)s is “%(state)s”: only a ruling of the first level that did not grant all can be taken higher. "
                "Wait for it, or leave it."
            )
            % {"appeal": former, "state": former.get_state_display()},
            details={"state": former.state},
        )
    if Appeal.objects.filter(former=former).exists():
        raise AppealMoved(
            _("%(appeal)s was taken to the second level already. Look at that appeal.") % {"appeal": former}
        )
    if now > until:
        raise AppealRefused(
            _(
                "The second level could be asked until %(day)s. That is over. What is plainly wrong HR can "
                "still correct: tell them."
            )
            % {"day": day_text(local_date(until))},
            details={"until": until.isoformat()},
        )
