"""A run made from a run that is stored: a published month corrected, or a draft calibrated.

All that is not named for correction is as it was: figures, targets, weights, the departments judged, people's days.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import Any

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.approvals.services import withdraw_case
from apps.assessments.choices import RunState
from apps.assessments.models import Indicator, PersonScore, Score, ScoreLine, ScoreRun
from apps.assessments.rules.quick import CENT, UNIT
from apps.assessments.selectors.facts import figures, reported
from apps.assessments.selectors.figures import text_of
from apps.assessments.services.beside import Beside, above_in_line, extras, head_vetoes
from apps.assessments.services.capping import grade_limits
from apps.assessments.services.computing import locked_month
from apps.assessments.services.gathering import Assessed, Gathered
from apps.assessments.services.judging import TOLD, Judge, Judged, JudgedMonth, cents_of, terms_of, totals_of
from apps.assessments.services.lines import LineRow, LineSums, row_of, sums_of, table_of
from apps.assessments.services.peopling import (
    Given,
    ScoredPerson,
    Totals,
    appraised,
    judged_person,
    stored_person,
    vetoes_of,
    with_appraisals,
    with_totals,
)
from apps.assessments.services.refusals import MonthBusy, NothingToRevise
from apps.assessments.services.rejudging import fact_of
from apps.assessments.services.reviewing import hand_in_run, require_complete
from apps.assessments.services.storing import Origin, store_run
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text
from apps.kpis.selectors import Fact, FactSheet

Key = tuple[int, int]
"""(department, indicator)"""


@dataclass(frozen=True, slots=True)
class Afresh:
    """What is read again: single lines, and what stands beside the hundred points of these departments (None: of all)."""

    lines: Collection[Key] = ()
    departments: Collection[int] | None = ()
    people: Collection[int] = ()
    """Those whose appraisals are read again."""
    facts: Mapping[Key, Fact] = field(default_factory=dict)
    reported: Mapping[tuple[int, int], Any] = field(default_factory=dict)
    extras: Mapping[int, list[dict[str, Any]]] = field(default_factory=dict)
    head_vetoes: Mapping[int, list[dict[str, Any]]] = field(default_factory=dict)

    def is_touched(self, department: int) -> bool:
        """Whether anything of the department's score may come out otherwise."""
        return (
            self.departments is None
            or department in self.departments
            or any(one == department for one, _i in self.lines)
        )


@transaction.atomic
def revise_month(
    *,
    month: Month,
    reason: str,
    by: User,
    now: datetime,
    afresh: Collection[Key] = (),
    departments: Collection[int] = (),
    people: Collection[int] = (),
) -> ScoreRun:
    """A draft that corrects the published scores of MONTH. assessments.compute, or an appeal's ruling.

    AFRESH: (department, indicator) whose values are read again as they are now, against the target they had; DEPARTMENTS:
    those whose bonuses, deductions and vetoes are read again; PEOPLE: those whose appraisals are. All else is as published.
    Refuses a month that is not published or has a draft under way, and a correction without a reason or of lines that are
    not there.
    """
    place = locked_month(month)
    if place.published is None:
        raise MonthBusy(_("%(month)s is not published yet: work it out again instead.") % {"month": month_text(month)})
    if place.draft is not None:
        raise MonthBusy(
            _("A corrected version of %(month)s is under way already. Publish or discard it first.")
            % {"month": month_text(month)},
            details={"state": place.draft.state, "version": place.draft.version},
        )
    if not reason.strip():
        raise NothingToRevise(_("Say why the published scores are corrected."), field="reason")
    if not afresh and not departments and not people:
        raise NothingToRevise(_("Name the lines or departments to correct."), field="departments")
    with because("assessments.revised", reason=reason, by=by):
        touched = {*departments, *(department for department, _line in afresh)}
        wanted = Afresh(tuple(afresh), touched, set(people))
        run = derived_run(place.published, wanted, Origin(by, now, reason=reason, revises=place.published))
        place.draft = run
        place.save(update_fields=["draft", "updated_at"])
    return run


@transaction.atomic
def recalibrate_month(*, month: Month, reason: str, by: User, now: datetime) -> ScoreRun:
    """The draft of MONTH with the calibrations as they stand now, as its next version. assessments.calibrate.

    A draft under review stays under review: its case is withdrawn, and opened again for the new version. Refuses a month
    without a draft and one that is approved already.
    """
    place = locked_month(month)
    base = place.draft
    if base is None or base.state not in {RunState.CALCULATED, RunState.UNDER_REVIEW}:
        raise MonthBusy(
            _("Scores of %(month)s can be calibrated from the calculation until the approval. Send them back first.")
            % {"month": month_text(month)},
            details={"state": base.state if base else ""},
        )
    with because("assessments.calibrated", reason=reason, by=by):
        handed_in_by = base.reviewed_by if base.state == RunState.UNDER_REVIEW else None
        if base.case is not None and handed_in_by is not None:
            words = _("Calibrated by %(name)s: %(reason)s") % {"name": by.name, "reason": reason}
            withdraw_case(case=base.case, reason=words, by=handed_in_by, now=now, expected_version=base.case.version)
        ScoreRun.objects.filter(pk=base.pk).update(state=RunState.SUPERSEDED)
        known = "" if base.revises_id else base.fingerprint
        origin = Origin(by, now, reason=reason, revises=base.revises, fingerprint=known)
        run = derived_run(base, Afresh(departments=None), origin)
        place.draft = run
        place.save(update_fields=["draft", "updated_at"])
        if handed_in_by is not None:
            require_complete(run)
            hand_in_run(run=run, by=handed_in_by, now=now, note=reason)
    return run


def derived_run(base: ScoreRun, wanted: Afresh, origin: Origin) -> ScoreRun:
    """The next version of a month, made of BASE with what is WANTED read again. Inside the month's lock."""
    month = Month.of(base.month)
    scores = list(Score.objects.filter(run=base).order_by("department"))
    lines = lines_by_department(base)
    known = read_again(wanted, lines, month, {score.department_id for score in scores})
    gathered = Gathered(
        month=month,
        scheme=base.scheme,
        at=origin.now,
        is_past_cut_off=base.is_past_cut_off,
        is_past_reports=base.is_past_reports,
        indicators=indicators_of(lines),
        departments=tuple(Assessed(one.department_id, one.scorecard_id, one.coefficient) for one in scores),
        sheet=FactSheet(f"{base.fingerprint}{origin.now.isoformat()}".encode()),
        targets={
            (line.indicator_id, line.department_id): None if line.target is None else Fraction(line.target)
            for rows in lines.values()
            for line in rows
            if (line.department_id, line.indicator_id) in known.facts
        },
        beside=Beside(known.reported, known.extras),
    )
    judge = Judge(gathered)
    table = table_of(
        derived_line(line, known, judge) for score in scores for line in lines.get(score.department_id, ())
    )
    sums, told = sums_of(table), table.select(TOLD)
    known = with_limits(known, grade_limits(table, judge.indicators.values()))
    judged = [derived_score(one, told, sums.get(one.department_id, LineSums()), known, judge) for one in scores]
    people = derived_people(base, totals_of(judged), appraised(month) if wanted.people else {}, known)
    return store_run(gathered=gathered, judged=JudgedMonth(table, judged), people=people, origin=origin)


def with_limits(known: Afresh, limits: Mapping[int, list[dict[str, Any]]]) -> Afresh:
    """What stands beside the points, with the grades that lines of planned losses leave at best."""
    places = known.extras.keys() | limits.keys()
    return replace(known, extras={one: [*known.extras.get(one, ()), *limits.get(one, ())] for one in places})


def lines_by_department(base: ScoreRun) -> dict[int, list[ScoreLine]]:
    """The stored lines of a run in the order they were judged. Two queries."""
    indicators = Indicator.objects.filter(scheme=base.scheme_id).in_bulk()
    found: dict[int, list[ScoreLine]] = {}
    for line in ScoreLine.objects.filter(run=base, month=base.month):
        line.indicator = indicators[line.indicator_id]
        found.setdefault(line.department_id, []).append(line)
    for lines in found.values():
        lines.sort(key=lambda line: (line.indicator.position, line.indicator_id))
    return found


def read_again(
    wanted: Afresh, lines: Mapping[int, list[ScoreLine]], month: Month, departments: Collection[int]
) -> Afresh:
    """WANTED with what there is now. A fixed number of queries."""
    stored = {(line.department_id, line.indicator_id): line for rows in lines.values() for line in rows}
    strange = [key for key in wanted.lines if key not in stored]
    if strange or not set(wanted.departments or ()) <= set(departments):
        raise NothingToRevise(_("What is to be corrected is not part of the published month. Load the page again."))
    pairs = [(stored[key].indicator, key[0]) for key in wanted.lines]
    sheet = figures(
        month=month, kpis=[one.kpi_id or 0 for one, _place in pairs], departments=[place for _one, place in pairs]
    )
    facts = {key: with_target_of(stored[key], fact) for key, fact in zip(wanted.lines, sheet, strict=True)}
    touched = set(departments)
    if wanted.departments is not None:
        # A veto of a line, confirmed or lifted since, moves what stands above it too.
        touched &= {*wanted.departments, *above_in_line(wanted.departments, month)}
    known = (reported(pairs, month), extras(touched, month), head_vetoes(month))
    return Afresh(wanted.lines, touched, wanted.people, facts, *known)


def indicators_of(lines: Mapping[int, list[ScoreLine]]) -> dict[int, tuple[Indicator, ...]]:
    """The indicators of stored lines, by scorecard."""
    found: dict[int, dict[int, Indicator]] = {}
    for rows in lines.values():
        for line in rows:
            found.setdefault(line.indicator.scorecard_id, {})[line.indicator_id] = line.indicator
    return {card: tuple(indicators.values()) for card, indicators in found.items()}


def with_target_of(line: ScoreLine, fact: Fact) -> Fact:
    """A figure read again, with the target, floor and stretch it was judged against: a later target moves no score."""
    return fact._replace(target=text_of(line.target), floor=text_of(line.floor), stretch=text_of(line.stretch))


def derived_line(line: ScoreLine, known: Afresh, judge: Judge) -> LineRow:
    """One line: as stored, or judged again where its value was read afresh."""
    fact = known.facts.get((line.department_id, line.indicator_id))
    return kept_line(line) if fact is None else judge.line(line.indicator, fact)


def derived_score(score: Score, told: pl.DataFrame, sums: LineSums, known: Afresh, judge: Judge) -> Judged:
    """One department: as stored, or put together again where something of it was read afresh."""
    row = Assessed(score.department_id, score.scorecard_id, score.coefficient)
    if known.is_touched(score.department_id):
        return judge.scored(row, told, sums, known.extras.get(score.department_id, ()))
    return Judged(
        row,
        int(score.coverage_pct * CENT),
        score.status,
        cents(score.base),
        int(score.bonus * CENT),
        int(score.deduction * CENT),
        cents(score.total),
        score.grade,
        calibration=int(score.calibration * CENT),
        uncalibrated=cents(score.uncalibrated),
        extras=score.extras,
    )


def cents(number: Any) -> int | None:
    """Points in hundredths."""
    return None if number is None else int(number * CENT)


def kept_line(line: ScoreLine) -> LineRow:
    """A stored line as it was judged."""
    return row_of(
        line.indicator_id,
        cents_of(line.indicator.weight),
        fact_of(line),
        status=line.status,
        points=cents(line.points),
        rate=None if line.rate is None else int(line.rate * UNIT),
        reported=line.reported,
    )


def derived_people(
    base: ScoreRun, totals: Totals, given: Mapping[int, tuple[Given, ...]], known: Afresh
) -> list[ScoredPerson]:
    """Everybody's score with the departments' new ones: days as they were; appraisals too, but for those read afresh, and
    the vetoes of heads alone, but in the departments that were."""
    rules, bands = base.scheme.staff_rules, terms_of(base.scheme).grades
    found = []
    for stored in PersonScore.objects.filter(run=base).order_by("person"):
        row = with_totals(stored_person(stored), totals)
        if row.person in known.people:
            row = with_appraisals(row, given.get(row.person, ()))
        if known.is_touched(row.department):
            row = row._replace(vetoes=list(vetoes_of(row.role, row.department, known.head_vetoes)))
        found.append(judged_person(row, rules, bands))
    return found


@transaction.atomic
def revise_departments(*, month: Month, departments: Collection[int], reason: str, by: User, now: datetime) -> ScoreRun:
    """A draft that corrects whole DEPARTMENTS of a published month: each of their lines and all beside them read again."""
    place = locked_month(month)
    lines = ScoreLine.objects.filter(run=place.published, department__in=departments)
    keys = list(lines.order_by("department", "indicator").values_list("department", "indicator"))
    return revise_month(month=month, afresh=keys, departments=departments, reason=reason, by=by, now=now)


@transaction.atomic
def discard_draft(*, month: Month, reason: str, by: User, now: datetime) -> ScoreRun:
    """Put the calculated draft of MONTH aside; it stays readable. assessments.compute. Refuses one that is ruled on."""
    del now
    place = locked_month(month)
    draft = place.draft
    if draft is None or draft.state != RunState.CALCULATED:
        state = draft.get_state_display() if draft else _("not worked out")
        raise MonthBusy(
            _("%(month)s is “%(state)s”. Only a calculated draft can be put aside: send it back first.")
            % {"month": month_text(month), "state": state},
            details={"state": draft.state if draft else ""},
        )
    if not reason.strip():
        raise NothingToRevise(_("Say why the draft is put aside."), field="reason")
    with because("assessments.draft_discarded", reason=reason, by=by):
        draft.state, draft.note = RunState.SUPERSEDED, reason.strip()[:500]
        draft.save(update_fields=["state", "note"])
        place.draft = None
        place.save(update_fields=["draft", "updated_at"])
    return draft
