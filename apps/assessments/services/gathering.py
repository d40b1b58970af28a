"""Everything a month is judged by, read in a fixed number of queries: the scheme, the departments, the facts, the calendar.

What is gathered is frozen and carries a fingerprint: the same fingerprint means the same scores.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple, cast

from django.utils.translation import gettext as _

from apps.assessments.choices import MissingPolicy, RunState, TargetPolicy
from apps.assessments.models import AssessedDepartment, Indicator, Scheme, ScoreLine
from apps.assessments.selectors.facts import figures, reported
from apps.assessments.services.beside import Beside, exempt_lines, extras
from apps.assessments.services.peopling import People, gathered_people
from apps.assessments.services.refusals import NoScheme
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.core.wording import month_text
from apps.departments.selectors import open_department_ids
from apps.kpis.rules.targets import Policy, effective_target
from apps.kpis.selectors import FactSheet, targets_within
from apps.periods.choices import FactKind
from apps.periods.selectors import entry_window

CARRY_MONTHS = 12
TARGET_PLACES = 14
"""Of a line's target (models.ScoreLine)."""
NAMES_BESIDE = frozenset({"proposed_by", "confirmed_by", "from", "headed"})
"""What a score keeps beside an entry of the register so that it reads well: names of accounts and departments."""
PART = 500
"""Departments that are worked out together where a large month is cut into parts (services.parting)."""


class Assessed(NamedTuple):
    """A department that is judged: by which scorecard, and how hard its year is."""

    department_id: int
    scorecard_id: int
    coefficient: Decimal


@dataclass(frozen=True)
class Gathered:
    """One month's facts with the rules they are judged by."""

    month: Month
    scheme: Scheme
    at: datetime
    is_past_cut_off: bool
    """KPI values can no longer come in time."""
    is_past_reports: bool
    """Nor can reports of what is no KPI value."""
    indicators: Mapping[int, tuple[Indicator, ...]]
    """By scorecard, in their order."""
    departments: tuple[Assessed, ...]
    """Open on the month's last day, by department."""
    sheet: FactSheet
    """One fact for each department and indicator, in the order of `departments` and their indicators."""
    targets: Mapping[tuple[int, int], Fraction | None] = field(default_factory=dict)
    """By (indicator, department): targets that are not simply those of the last day."""
    former_rates: Mapping[tuple[int, int], tuple[Fraction, int]] = field(default_factory=dict)
    """By (KPI, department): the last published rate, and for how many months it has been carried."""
    beside: Beside = field(default_factory=Beside)
    people: People | None = None
    """None: the scheme does not score people."""

    @property
    def is_past(self) -> tuple[bool, bool]:
        """Which cut-offs have passed: that of KPI values, that of reports."""
        return self.is_past_cut_off, self.is_past_reports

    @cached_property
    def fingerprint(self) -> str:
        """Digest of everything that decides the scores, but for calibrations: the draft takes each of those over at once
        (services.revising). An approved scheme never changes: its key stands for its rules. Nor does a confirmed entry of
        the register: its key stands for whose it is, and another name of theirs outdates nothing."""
        people = nameless_people(self.people)
        known = hashlib.sha256(repr((str(self.month), self.scheme.pk, self.is_past, people)).encode())
        told = uncalibrated(self.beside.extras)
        for digest in self.part_digests if told == self.beside.extras else self.digests_with(told):
            known.update(digest.encode())
        return known.hexdigest()

    @cached_property
    def part_digests(self) -> tuple[str, ...]:
        """The same, calibrations too, for every PART departments by themselves, in their order: so each part can be told to
        be as it was."""
        return self.digests_with(self.beside.extras)

    def digests_with(self, extras: Mapping[int, list[dict[str, Any]]]) -> tuple[str, ...]:
        """A digest for every PART departments, with these EXTRAS beside their points."""
        lines = io.BytesIO(self.sheet.raw)
        aside: list[Mapping[int, list[Any]]] = [
            by_place(self.targets, second),
            by_place(self.former_rates, second),
            by_place(self.beside.reported, second),
            by_place({place: nameless(texts) for place, texts in extras.items()}, int),
        ]
        found_digests: list[str] = []
        for first in range(0, len(self.departments), PART):
            rows = self.departments[first : first + PART]
            places = [row.department_id for row in rows]
            count = sum(len(self.indicators.get(row.scorecard_id, ())) for row in rows)
            known = hashlib.sha256(b"".join(islice(lines, count)))
            known.update(repr((str(self.month), self.scheme.pk, self.is_past, places)).encode())
            for found in aside:
                known.update(repr([found[place] for place in places if place in found]).encode())
            found_digests.append(known.hexdigest())
        return tuple(found_digests)


def uncalibrated(found: Mapping[int, list[dict[str, Any]]]) -> dict[int, list[dict[str, Any]]]:
    """What stands beside the points of each department, without calibrations."""
    kept = {place: [one for one in rows if one["kind"] != "calibration"] for place, rows in found.items()}
    return {place: rows for place, rows in kept.items() if rows}


def nameless(texts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What stands beside points, without the names in it."""
    return [{key: value for key, value in one.items() if key not in NAMES_BESIDE} for one in texts]


def nameless_people(people: People | None) -> People | None:
    """Everybody's month, without the names in the vetoes that hit them alone."""
    if people is None:
        return None
    return People(
        tuple(one._replace(vetoes=tuple(nameless(one.vetoes))) if one.vetoes else one for one in people.people)
    )


def second(key: tuple[int, int]) -> int:
    """The department of a key."""
    return key[1]


def by_place(found: Mapping[Any, Any], place_of: Callable[[Any], int]) -> dict[int, list[Any]]:
    """What was found, sorted, by department."""
    grouped: dict[int, list[Any]] = {}
    for key in sorted(found):
        grouped.setdefault(place_of(key), []).append((key, found[key]))
    return grouped


def scheme_for(month: Month) -> Scheme:
    """The approved scheme in force on the month's last day; refuses a month that has none."""
    scheme = Scheme.objects.on(month.last_day).first()
    if scheme is None:
        raise NoScheme(
            _("No approved scheme is in force for %(month)s. Approve one that begins in or before it.")
            % {"month": month_text(month)}
        )
    return scheme


def gather(*, month: Month, at: datetime, among: tuple[int, int] | None = None) -> Gathered:
    """Read everything MONTH is judged by, as it stands at that moment. A fixed number of queries, whatever its size.

    AMONG: only the departments from this key to that one, and nobody's own score.
    """
    scheme = scheme_for(month)
    by_card: dict[int, list[Indicator]] = {}
    for indicator in Indicator.objects.filter(scheme=scheme).order_by("scorecard", "position", "pk"):
        by_card.setdefault(indicator.scorecard_id, []).append(indicator)
    departments = assessed_in(scheme, month, among)
    kpis = {card: [one.kpi_id or 0 for one in found] for card, found in by_card.items()}
    odd = {card: [one for one in found if not is_plain(one)] for card, found in by_card.items()}
    pairs = [(one, row.department_id) for row in departments for one in odd.get(row.scorecard_id, ())]
    beside = extras({row.department_id for row in departments if row.scorecard_id in by_card}, month)
    return Gathered(
        month=month,
        scheme=scheme,
        at=at,
        is_past_cut_off=is_over(FactKind.KPI_VALUES, month, at),
        is_past_reports=is_over(FactKind.REPORTS, month, at),
        indicators={card: tuple(found) for card, found in by_card.items()},
        departments=departments,
        sheet=figures(
            month=month,
            kpis=[kpi for row in departments for kpi in kpis.get(row.scorecard_id, ())],
            departments=[row.department_id for row in departments for _kpi in kpis.get(row.scorecard_id, ())],
        ),
        targets=dated_targets(pairs, month),
        former_rates=former_rates(pairs, month),
        beside=Beside(
            reported=reported(pairs, month),
            extras=beside,
            exempt=exempt_lines(beside, {row.department_id: row.scorecard_id for row in departments}, by_card),
        ),
        people=gathered_people(scheme, month) if among is None else None,
    )


def is_over(kind: FactKind, month: Month, at: datetime) -> bool:
    """Whether facts of a KIND come too late AT that moment. A month that was never laid out waits for nothing. One query."""
    window = entry_window(kind, month)
    return window is None or at >= window.closes_at


def is_plain(indicator: Indicator) -> bool:
    """Whether it judges nothing but the value of a KPI against the target of the last day."""
    is_carried = policy_of(indicator) == MissingPolicy.CARRY
    return indicator.kpi_id is not None and indicator.target_policy == TargetPolicy.PERIOD_END and not is_carried


def assessed_in(scheme: Scheme, month: Month, among: tuple[int, int] | None = None) -> tuple[Assessed, ...]:
    """The departments SCHEME judges that are open on the month's last day, by their keys. Two queries."""
    rows = AssessedDepartment.objects.filter(scheme=scheme)
    if among is not None:
        rows = rows.filter(department__gte=among[0], department__lte=among[1])
    is_open = open_department_ids(rows.values("department"), month.last_day)
    found = rows.order_by("department").values_list("department", "scorecard", "coefficient")
    return tuple(Assessed(*row) for row in found if row[0] in is_open)


def dated_targets(pairs: list[tuple[Indicator, int]], month: Month) -> dict[tuple[int, int], Fraction | None]:
    """Targets of indicators that do not take the one of the last day (DOMAIN.md section 2, effective dating).

    With as many places as are stored, so that whoever works a published line out again from what is stored of it comes to
    the same cent: a mean over days may have no end of them.
    """
    asked = [(one, place) for one, place in pairs if one.target_policy != TargetPolicy.PERIOD_END]
    if not asked:
        return {}
    versions = targets_within(
        month=month, kpis=[one.kpi_id or 0 for one, _place in asked], departments=[place for _one, place in asked]
    )
    return {
        (one.pk, place): as_stored(
            effective_target(
                versions.get((one.kpi_id or 0, place)) or versions.get((one.kpi_id or 0, None), []),
                start=month.first_day,
                end=month.last_day,
                policy=cast(Policy, one.target_policy),
            )
        )
        for one, place in asked
    }


def as_stored(target: Fraction | None) -> Fraction | None:
    """A target with the places that lines keep."""
    return None if target is None else Fraction(round_half_up(target, TARGET_PLACES))


def former_rates(pairs: list[tuple[Indicator, int]], month: Month) -> dict[tuple[int, int], tuple[Fraction, int]]:
    """The last published rate of what may be carried, with how many months in a row it was carried already."""
    indicators = {one.id: one for one, _place in pairs}
    kpis = {one.kpi_id for one in indicators.values() if policy_of(one) == MissingPolicy.CARRY}
    if not kpis:
        return {}
    lines = ScoreLine.objects.filter(
        run__state=RunState.PUBLISHED,
        month__gte=month.plus(-CARRY_MONTHS).first_day,
        month__lt=month.first_day,
        indicator__kpi__in=kpis,
        status__in=("scored", "carried"),
    ).order_by("month")
    found: dict[tuple[int, int], tuple[Fraction, int]] = {}
    for kpi, place, rate, status in lines.values_list("indicator__kpi", "department", "rate", "status"):
        carried = found.get((kpi, place), (Fraction(0), 0))[1] + 1 if status == "carried" else 0
        found[kpi, place] = (Fraction(rate), carried)
    return found


def policy_of(indicator: Indicator) -> str:
    """What a missing value of the indicator is worth after the cut-off."""
    return str((indicator.params.get("missing") or {}).get("policy", MissingPolicy.PENDING))
