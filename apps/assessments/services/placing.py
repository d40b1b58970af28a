"""Where people were counted in a published month, read again: a transfer recorded late, a wrong head, a wrong first day."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.models import PersonScore, Score, ScoreRun
from apps.assessments.rules.placements import Placement, days_beside, placement_of
from apps.assessments.selectors.placements import MovedPeople, names_in, people_moved, placement_in
from apps.assessments.services.changes import NOTHING, rows_of
from apps.assessments.services.peopling import People, gathered_people
from apps.assessments.services.refusals import NothingToRevise
from apps.core.month import Month
from apps.core.wording import month_text
from apps.departments.selectors import nearest_above
from apps.staff.choices import AppointmentRole
from apps.staff.selectors import people_named

FIELD = "people"
Sides = tuple[Placement | None, Placement | None]
"""Before, and now."""


def placed_again(base: ScoreRun, people: Collection[int]) -> People:
    """PEOPLE's days, departments, role, personal parts and own vetoes as they stand now. Six queries at most, none for
    nobody.

    Refuses where the rules of the month score no people, and a person who has no day in it, neither in BASE nor now.
    """
    if not people:
        return People(())
    month = Month.of(base.month)
    found = gathered_people(base.scheme, month, set(people))
    if found is None:
        raise NothingToRevise(
            _("%(scheme)s scores no people: there are no days to read again. Name departments only.")
            % {"scheme": base.scheme},
            field=FIELD,
        )
    runs = {base.pk, base.revises_id or base.pk}
    known = set(PersonScore.objects.filter(run__in=runs, person__in=set(people)).values_list("person", flat=True))
    strange = set(people) - known - {one.person for one in found.people}
    if strange:
        names = people_named(strange)
        who = ", ".join(names.values()) or ", ".join(map(str, sorted(strange)))
        raise NothingToRevise(
            _("%(person)s has no day in %(month)s in the records: correct the movements first.")
            % {"person": who, "month": month_text(month)},
            field=FIELD,
            details={"people": sorted(strange)},
        )
    return found


def placements_now(run: ScoreRun, people: Collection[int]) -> dict[int, Placement | None]:
    """Where PEOPLE are counted in the month of RUN by the records of today, by the departments RUN assesses; None: not a
    day. Six queries."""
    month = Month.of(run.month)
    found = gathered_people(run.scheme, month, set(people)) or People(())
    assessed = Score.objects.filter(run=run).values_list("department", flat=True)
    places = {place for one in found.people for place, _days in one.stays}
    above = nearest_above(places, among=assessed, day=month.last_day)
    now = {
        one.person: placement_of(one.role, ((above.get(place), days) for place, days in one.stays))
        for one in found.people
    }
    return {person: now.get(person) for person in people}


def placements_beside(run: ScoreRun, people: Collection[int]) -> tuple[dict[int, Sides], dict[int, str]]:
    """Of PEOPLE where RUN has them and where the records of today do, and the names of the departments. Eight queries."""
    scores = {row.person_id: row for row in PersonScore.objects.filter(run=run, person__in=set(people))}
    now = placements_now(run, people)
    found = {person: (placement_in(scores.get(person)), now[person]) for person in people}
    return found, names_in(*(side for both in found.values() for side in both))


def placement_words(placement: Placement | None, names: Mapping[int, str]) -> str:
    """A placement in a few words: days by department, and the role. NAMES: of the departments."""
    if placement is None:
        return _("no day")
    days = [
        ngettext("one day in %(department)s", "%(count)s days in %(department)s", count)
        % {"count": count, "department": department_name(key, names)}
        for key, count in placement.days
    ]
    return "; ".join([", ".join(days), role_words(placement)])


def department_name(key: int | None, names: Mapping[int, str]) -> str:
    """The name of an assessed department of a placement."""
    return names.get(key, "") if key is not None else _("no assessed department")


def role_words(placement: Placement | None) -> str:
    """The role; a dash where there is none."""
    return str(AppointmentRole(placement.role).label) if placement else NOTHING


def placement_rows(before: Placement | None, after: Placement | None, names: Mapping[int, str]) -> list[dict[str, str]]:
    """What two placements say otherwise, a line each: label, before, after; nothing where they say the same."""
    rows = [
        {
            "label": _("Days in %(department)s") % {"department": department_name(key, names)},
            "before": str(old),
            "after": str(new),
        }
        for key, old, new in days_beside(before, after)
    ]
    roles = role_words(before), role_words(after)
    if roles[0] != roles[1]:
        rows.append({"label": _("Role"), "before": roles[0], "after": roles[1]})
    if before != after and not rows:
        old, new = (placement_words(one, names) for one in (before, after))
        rows.append({"label": _("Order of the departments"), "before": old, "after": new})
    return rows


@dataclass(frozen=True, slots=True)
class CorrectedPlacement:
    """Where somebody is counted otherwise than in the published VERSION before, in words and line by line."""

    version: int
    before: str
    after: str
    rows: Sequence[dict[str, str]]


def corrected_placement(former: PersonScore | None, score: PersonScore | None) -> CorrectedPlacement | None:
    """What SCORE says otherwise than the FORMER one (with its run) of days, departments and role; None: nothing. One query,
    none where nothing is."""
    before, after = placement_in(former), placement_in(score)
    if former is None or before == after:
        return None
    names = names_in(before, after)
    words = placement_words(before, names), placement_words(after, names)
    return CorrectedPlacement(former.run.version, *words, placement_rows(before, after, names))


def moved_rows(found: MovedPeople) -> list[dict[str, str]]:
    """Whose days, departments or role are otherwise, a line each: label, before, after; how many are left out is said."""
    rows = rows_of(
        [
            (
                f"{one.person.name} ({one.person.number})",
                placement_words(one.before, found.names),
                placement_words(one.after, found.names),
            )
            for one in found.people
        ]
    )
    if found.more:
        words = _("And %(count)s more people") % {"count": found.more}
        rows.append({"label": words, "before": "…", "after": "…"})
    return rows


def changes_in(run: ScoreRun) -> Sequence[dict[str, str]]:
    """What a correcting RUN has otherwise than the published one in where people are counted. Three queries at most."""
    return moved_rows(people_moved(run))
