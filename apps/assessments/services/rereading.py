"""What of a stored run is read again for the version that corrects it: values, what stands beside the points, people."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.choices import Presence
from apps.assessments.models import ScoreLine, ScoreRun
from apps.assessments.selectors.facts import Pairs, figures, reported
from apps.assessments.selectors.figures import text_of
from apps.assessments.selectors.parts import has_parts, with_targets_of
from apps.assessments.services.beside import above_in_line, calibrations, exempt_codes, extras, head_vetoes
from apps.assessments.services.gathering import uncalibrated
from apps.assessments.services.peopling import People
from apps.assessments.services.placing import placed_again
from apps.assessments.services.refusals import NothingToRevise
from apps.core.month import Month
from apps.kpis.selectors import Fact

Key = tuple[int, int]
"""(department, indicator)"""
Stored = Mapping[int, list[dict[str, Any]]]
"""By department of a run: what its score keeps beside the points, without the limits its own lines bring."""
NOBODY = People(())


@dataclass(frozen=True, slots=True)
class Afresh:
    """What is read again: single lines, what stands beside the hundred points of these departments, or calibrations."""

    lines: Collection[Key] = ()
    departments: Collection[int] = ()
    people: Collection[int] = ()
    """Those whose appraisals are read again."""
    placements: Collection[int] = ()
    """Those whose days, departments and role are read again, and with them all else of their own."""
    is_calibrated: bool = False
    """Calibrations are taken as they stand now, and nothing else beside the points."""
    facts: Mapping[Key, Fact] = field(default_factory=dict)
    reported: Mapping[tuple[int, int], Any] = field(default_factory=dict)
    extras: Mapping[int, list[dict[str, Any]]] = field(default_factory=dict)
    """Of every department whose score is put together again, what stands beside its points."""
    head_vetoes: Mapping[int, list[dict[str, Any]]] = field(default_factory=dict)
    """By person; those of the departments read again count."""
    placed: People = NOBODY
    """Of those whose placements are read again: who has days now."""


def read_again(wanted: Afresh, lines: Mapping[int, list[ScoreLine]], base: ScoreRun, stored: Stored) -> Afresh:
    """WANTED with what there is now. STORED: what each department's score keeps. A fixed number of queries."""
    month = Month.of(base.month)
    known = {(line.department_id, line.indicator_id): line for rows in lines.values() for line in rows}
    strange = [key for key in wanted.lines if key not in known]
    if strange or not set(wanted.departments) <= stored.keys():
        raise NothingToRevise(_("What is to be corrected is not part of the published month. Load the page again."))
    # A veto of a line, confirmed or lifted since, moves what stands above it too.
    read = stored.keys() & {*wanted.departments, *above_in_line(wanted.departments, month)}
    beside = beside_again(wanted, read, month, stored)
    keys = list(dict.fromkeys([*wanted.lines, *exempted_since(read, lines, beside)]))
    pairs = [(known[key].indicator, key[0]) for key in keys]
    sheet = figures(
        month=month, kpis=[one.kpi_id or 0 for one, _place in pairs], departments=[place for _one, place in pairs]
    )
    return replace(
        wanted,
        departments=read,
        facts={key: with_target_of(known[key], fact) for key, fact in zip(keys, sheet, strict=True)},
        reported=reported_again(known, pairs, month),
        extras=beside,
        head_vetoes=head_vetoes(month) if read else {},
        placed=placed_again(base, wanted.placements),
    )


def reported_again(known: Mapping[Key, ScoreLine], pairs: Pairs, month: Month) -> dict[tuple[int, int], Any]:
    """What is reported now beside KPI values; each part of a composite against the target it was judged by (`known`)."""
    return {
        (one, place): with_targets_of(line.indicator, now, line.reported) if has_parts(line.indicator) else now
        for (one, place), now in reported(pairs, month).items()
        for line in [known[place, one]]
    }


def exempted_since(read: Collection[int], lines: Mapping[int, list[ScoreLine]], beside: Stored) -> list[Key]:
    """Lines of departments READ again that were approved as not applicable since they were stored, or are no longer."""
    codes = {place: exempt_codes(beside.get(place, ())) for place in read}
    return [
        (place, line.indicator_id)
        for place in sorted(read)
        for line in lines.get(place, ())
        if (line.presence == Presence.EXEMPT) != (line.indicator.code in codes[place])
    ]


def beside_again(
    wanted: Afresh, read: Collection[int], month: Month, stored: Stored
) -> dict[int, list[dict[str, Any]]]:
    """By department that is put together again: what stands beside its points, as it was, or as it is now where that is
    READ again. Six queries at most."""
    found = {place: stored[place] for place, _line in wanted.lines}
    if read:
        now = extras(read, month)
        found |= {place: now.get(place, []) for place in read}
    if wanted.is_calibrated:
        bare, moved = uncalibrated(stored), calibrations(stored.keys(), month)
        again = {place: [*bare.get(place, ()), *([moved[place]] if place in moved else ())] for place in stored}
        found |= {place: told for place, told in again.items() if told != stored[place]}
    return found


def with_target_of(line: ScoreLine, fact: Fact) -> Fact:
    """A figure read again, with the target, floor and stretch it was judged against: a later target moves no score."""
    return fact._replace(target=text_of(line.target), floor=text_of(line.floor), stretch=text_of(line.stretch))
