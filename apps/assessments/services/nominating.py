"""Nominations: whom published grades single out, made and dropped by the rules, accepted or declined by a person.

For the talent pool: three best grades in six months. Department of the month: the highest score, with the best grade. A
correction of one month changes who qualifies in the months after it too, so all of those are looked at again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.selectors import roles_of
from apps.assessments.choices import NominationKind, NominationState, RunState
from apps.assessments.models import AssessedMonth, Nomination, PersonScore, Score
from apps.assessments.rules.consequences import FOLLOWS_FROM_MONTHS, MONTHS_LOOKED_AT, is_nominated_in, leading
from apps.assessments.selectors.nominations import best_months
from apps.assessments.services import telling_nominations as telling
from apps.assessments.services.refusals import NotYourStep
from apps.core.clock import local_date
from apps.core.errors import Conflict, NotFound, Refusal
from apps.core.history import because
from apps.core.month import Month
from apps.staff.selectors import leaders_of

BATCH = 1_000
FIGURES = ("department_id", "grade", "total")
Key = tuple[str, date, int | None, int | None]
"""(kind, month, person, department): one of the last two."""


class NominationDecided(Conflict):
    """Somebody decided on it before, or the grades no longer bear it out."""

    code: ClassVar[str] = "nomination_decided"


class DeclineUnexplained(Refusal):
    """A nomination declined without a reason."""

    code: ClassVar[str] = "decline_unexplained"


@dataclass(frozen=True, slots=True)
class Renewed:
    """What came of looking at the grades again."""

    new: int
    dropped: int


@transaction.atomic
def renew_nominations(*, month: Month, by: User | None, now: datetime) -> Renewed:
    """Nominate whom the published grades of MONTH and the six months after it single out, and drop whom they no longer do.

    Who may: as `propose_plans`. Safe to repeat. By itself (BY is None) nobody is nominated for a month further back than
    three; what falls is dropped however old it is, decided or not, and named anew once the grades bear it out again.
    """
    months = published_months(month)
    wanted = wanted_of(month, months)
    held = {
        key_of(row): row
        for row in Nomination.objects.select_for_update(of=("self",)).filter(month__in=months).order_by("pk")
        if row.kind == NominationKind.TALENT_POOL or row.month == month.first_day
    }
    oldest = Month.of(local_date(now)).plus(-FOLLOWS_FROM_MONTHS).first_day
    named = {
        key: facts
        for key, facts in wanted.items()
        if (key[1] >= oldest or (by is not None and key[1] == month.first_day))
        and (key not in held or held[key].state == NominationState.DROPPED)
    }
    gone = [row for key, row in held.items() if key not in wanted and row.state != NominationState.DROPPED]
    with because("assessments.nominations_renewed", by=by):
        Nomination.objects.filter(pk__in=[row.pk for row in gone]).update(state=NominationState.DROPPED, dropped_at=now)
        name_again(named, held, now)
        bring_up_to_date(held, wanted)
    telling.tell_named(list(named), months, now)
    telling.tell_dropped(gone, now)
    return Renewed(len(named), len(gone))


def published_months(month: Month) -> list[date]:
    """MONTH and those after it whose nominations hang on it, as far as they are published, under lock. One query."""
    rows = AssessedMonth.objects.select_for_update(of=("self",)).filter(
        month__gte=month.first_day, month__lte=month.plus(MONTHS_LOOKED_AT).first_day, published__isnull=False
    )
    return list(rows.order_by("month").values_list("month", flat=True))


def wanted_of(month: Month, months: Collection[date]) -> dict[Key, Mapping[str, Any]]:
    """Who is to be nominated in MONTHS, with what it rests on. Three queries."""
    named = {
        (person, day)
        for person, best in best_months(month).items()
        for day in months
        if is_nominated_in(Month.of(day), best)
    }
    found: dict[Key, Mapping[str, Any]] = {}
    scores = PersonScore.objects.filter(run__state=RunState.PUBLISHED, run__month__in=months)
    people = scores.filter(person__in={person for person, _day in named}).order_by("pk")
    for person, day, place, grade, total in people.values_list("person", "run__month", "department", "grade", "total"):
        if (person, day) in named:
            facts = {"department_id": place, "grade": grade, "total": total}
            found[(NominationKind.TALENT_POOL, day, person, None)] = facts
    return found | departments_of(month) if month.first_day in months else found


def departments_of(month: Month) -> dict[Key, Mapping[str, Any]]:
    """The department of the month; several that share the highest score. One query."""
    rows = Score.objects.filter(run__state=RunState.PUBLISHED, run__month=month.first_day, total__isnull=False)
    values = list(rows.order_by("pk").values_list("department", "total", "grade", "run__scheme__grades"))
    grades = values[0][3] if values else []
    totals = {place: (total, grade) for place, total, grade, _grades in values if total is not None}
    first = leading(totals, str(grades[0]["grade"])) if grades else frozenset()
    return {
        (NominationKind.DEPARTMENT_OF_MONTH, month.first_day, None, place): {
            **{"department_id": place, "grade": totals[place][1], "total": totals[place][0]}
        }
        for place in sorted(first)
    }


def key_of(row: Nomination) -> Key:
    """What a nomination is about."""
    is_person = row.person_id is not None
    return (row.kind, row.month, row.person_id, None if is_person else row.department_id)


def name_again(named: Mapping[Key, Mapping[str, Any]], held: Mapping[Key, Nomination], now: datetime) -> None:
    """Store the new nominations, and open those that were dropped before for a new decision."""
    made, opened = [], []
    for key, facts in named.items():
        row = held.get(key)
        if row is None:
            made.append(Nomination(kind=key[0], month=key[1], person_id=key[2], proposed_at=now, **facts))
            continue
        row.state, row.proposed_at, row.dropped_at = NominationState.PROPOSED, now, None
        row.decided_by, row.decided_at, row.ruling = None, None, ""
        opened.append(row)
    Nomination.objects.bulk_create(made, batch_size=BATCH)
    columns = ("state", "proposed_at", "dropped_at", "decided_by", "decided_at", "ruling")
    Nomination.objects.bulk_update(opened, columns, batch_size=BATCH)


def bring_up_to_date(held: Mapping[Key, Nomination], wanted: Mapping[Key, Mapping[str, Any]]) -> None:
    """Let every nomination that stands name the points of the edition that counts."""
    changed = []
    for key, row in held.items():
        facts = wanted.get(key)
        if facts is not None and tuple(facts[name] for name in FIGURES) != tuple(getattr(row, one) for one in FIGURES):
            row.department_id, row.grade, row.total = (facts[name] for name in FIGURES)
            changed.append(row)
    Nomination.objects.bulk_update(changed, ("department", "grade", "total"), batch_size=BATCH)


@transaction.atomic
def decide_nomination(*, nomination: int, is_accepted: bool, by: User, now: datetime, reason: str = "") -> Nomination:
    """Accept or decline a NOMINATION (its key). assessments.decide_rewards (COO, GM).

    Refuses one's own or that of a department one leads, the COO's unless the GM decides, one that was decided on or dropped,
    and declining without a reason.
    """
    held = Nomination.objects.select_for_update(of=("self",)).select_related("person", "department")
    row = held.filter(pk=nomination).first()
    if row is None:
        raise NotFound(_("There is no such nomination, or it lies outside what you may see."))
    require_open(row)
    require_other(row, by=by, now=now)
    if not is_accepted and not reason.strip():
        raise DeclineUnexplained(_("Say why it is declined: HR and whoever is nominated may ask."), field="reason")
    row.state = NominationState.ACCEPTED if is_accepted else NominationState.DECLINED
    row.decided_by, row.decided_at, row.ruling = by, now, reason.strip()[:500]
    with because("assessments.nomination_decided", reason=reason.strip(), by=by):
        row.save(update_fields=["state", "decided_by", "decided_at", "ruling", "updated_at"])
    telling.tell_decided(row, now)
    return row


def require_open(row: Nomination) -> None:
    """Refuse what is decided on, or no longer follows from the grades."""
    if row.state == NominationState.DROPPED:
        raise NominationDecided(
            _(
                "The corrected grades no longer bear this nomination out. Go back to the list for those that still wait."
            ),
            details={"state": row.state},
        )
    if row.state != NominationState.PROPOSED:
        raise NominationDecided(
            _("This nomination is “%(state)s” already. Go back to the list for those that still wait.")
            % {"state": row.get_state_display()},
            details={"state": row.state},
        )


def require_other(row: Nomination, *, by: User, now: datetime) -> None:
    """Refuse whoever a nomination is about, or who leads the department it is about; the COO's is the GM's to decide."""
    if row.person is None:
        is_own = leaders_of([row.department_id], local_date(now)).filter(person__user=by).exists()
    else:
        is_own = row.person.user_id == by.pk
    if is_own:
        raise NotYourStep(
            _(
                "Nobody decides on their own nomination or that of the department they lead. Leave it: the COO and the GM "
                "decide on each other's."
            )
        )
    if row.person is None or row.person.user is None or Role.GM in roles_of(by):
        return
    if Role.COO in roles_of(row.person.user):
        raise NotYourStep(_("The GM decides on the nomination of a COO. Leave it to the GM."))
