"""A run made from a run that is stored: a published month corrected, or a draft calibrated.

All that is not named for correction is as it was: figures, targets, weights, the departments judged, people's days.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from operator import attrgetter
from typing import Any

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.approvals.services import withdraw_case
from apps.assessments.choices import LineStatus, RunState
from apps.assessments.models import Indicator, PersonScore, Score, ScoreLine, ScoreRun
from apps.assessments.rules.quick import CENT, UNIT
from apps.assessments.selectors.descent import appeals_carried
from apps.assessments.services.beside import Beside, exempt_lines
from apps.assessments.services.capping import grade_limits, without_limits
from apps.assessments.services.computing import locked_month
from apps.assessments.services.gathering import Assessed, Gathered, former_rates
from apps.assessments.services.holding import give_time_back, may_go_on, under_way
from apps.assessments.services.judging import TOLD, Judge, Judged, JudgedMonth, cents_of, terms_of, totals_of
from apps.assessments.services.lines import LineRow, LineSums, row_of, sums_of, table_of
from apps.assessments.services.peopling import (
    Given,
    ScoredPerson,
    Totals,
    appraised,
    judged_person,
    score_people,
    stored_person,
    with_appraisals,
    with_totals,
    with_vetoes,
)
from apps.assessments.services.refusals import MonthBusy, NothingToRevise
from apps.assessments.services.rejudging import fact_of
from apps.assessments.services.rereading import Afresh, Key, read_again
from apps.assessments.services.reviewing import hand_in_run, require_complete
from apps.assessments.services.storing import Origin, store_run
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text
from apps.kpis.selectors import FactSheet

Rates = Mapping[tuple[int, int], tuple[Fraction, int]]
"""By KPI and department: a rate, and for how many months it was carried."""


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
    placements: Collection[int] = (),
    is_further: bool = False,
) -> ScoreRun:
    """A draft that corrects the published scores of MONTH. assessments.compute, or an appeal's ruling.

    AFRESH: (department, indicator) whose values are read again as they are now, against the target they had; DEPARTMENTS:
    those whose bonuses, deductions, vetoes and exemptions are read again; PEOPLE: those whose appraisals are; PLACEMENTS:
    those whose days, departments and role are, as the staff's records stand now, with their appraisals and own vetoes: who
    had no score gets one, who has no day any more has none. All else is as published.
    IS_FURTHER: a draft that corrects what an appeal was granted is gone on from. Refuses a month that is not published or
    has another draft under way, and a correction without a reason, of lines that are not there or of people without a day.
    """
    place = locked_month(month)
    if place.published is None:
        raise MonthBusy(_("%(month)s is not published yet: work it out again instead.") % {"month": month_text(month)})
    draft = place.draft
    if draft is not None and not (is_further and may_go_on(draft)):
        raise under_way(draft)
    if not reason.strip():
        raise NothingToRevise(_("Say why the published scores are corrected."), field="reason")
    if not any((afresh, departments, people, placements)):
        raise NothingToRevise(_("Name the lines, departments or people to correct."), field="departments")
    with because("assessments.revised", reason=reason, by=by):
        wanted = Afresh(tuple(afresh), set(departments), set(people), set(placements))
        if draft is not None:
            ScoreRun.objects.filter(pk=draft.pk).update(state=RunState.SUPERSEDED)
        run = derived_run(draft or place.published, wanted, Origin(by, now, reason=reason, revises=place.published))
        place.draft = run
        place.save(update_fields=["draft", "updated_at"])
    return run


@transaction.atomic
def recalibrate_month(*, month: Month, reason: str, by: User, now: datetime) -> ScoreRun:
    """The draft of MONTH with the calibrations as they stand now, as its next version. assessments.calibrate.

    All else stays as the draft has it: a bonus or a veto that was confirmed since comes with no calibration. A draft under
    review stays under review: its case is withdrawn, and opened again for the new version. Refuses a month without a draft
    and one that is approved already.
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
            base.refresh_from_db(fields=["state"])
        give_time_back(base, now=now)
        ScoreRun.objects.filter(pk=base.pk).update(state=RunState.SUPERSEDED)
        known = "" if base.revises_id else base.fingerprint
        origin = Origin(by, now, reason=reason, revises=base.revises, fingerprint=known)
        run = derived_run(base, Afresh(is_calibrated=True), origin)
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
    known = read_again(wanted, lines, base, {one.department_id: without_limits(one.extras) for one in scores})
    indicators, cards = indicators_of(lines), {one.department_id: one.scorecard_id for one in scores}
    gathered = Gathered(
        month=month,
        scheme=base.scheme,
        at=origin.now,
        is_past_cut_off=base.is_past_cut_off,
        is_past_reports=base.is_past_reports,
        indicators=indicators,
        departments=tuple(Assessed(one.department_id, one.scorecard_id, one.coefficient) for one in scores),
        sheet=FactSheet(f"{base.fingerprint}{origin.now.isoformat()}".encode()),
        targets={
            (line.indicator_id, line.department_id): None if line.target is None else Fraction(line.target)
            for rows in lines.values()
            for line in rows
            if (line.department_id, line.indicator_id) in known.facts
        },
        former_rates=rates_to_carry(known, lines, month),
        beside=Beside(known.reported, known.extras, exempt_lines(known.extras, cards, indicators)),
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


def rates_to_carry(known: Afresh, lines: Mapping[int, list[ScoreLine]], month: Month) -> Rates:
    """What lines read again carry where they still have no value: what they carried before, else the last published rate.
    One query at most."""
    again = [line for rows in lines.values() for line in rows if (line.department_id, line.indicator_id) in known.facts]
    found = former_rates([(line.indicator, line.department_id) for line in again], month)
    found |= {
        (line.indicator.kpi_id or 0, line.department_id): (Fraction(line.rate), 0)
        for line in again
        if line.status == LineStatus.CARRIED and line.rate is not None
    }
    return found


def with_limits(known: Afresh, limits: Mapping[int, list[dict[str, Any]]]) -> Afresh:
    """What stands beside the points, with the grades that lines of planned losses leave at best."""
    return replace(known, extras={one: [*told, *limits.get(one, ())] for one, told in known.extras.items()})


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


def indicators_of(lines: Mapping[int, list[ScoreLine]]) -> dict[int, tuple[Indicator, ...]]:
    """The indicators of stored lines, by scorecard."""
    found: dict[int, dict[int, Indicator]] = {}
    for rows in lines.values():
        for line in rows:
            found.setdefault(line.indicator.scorecard_id, {})[line.indicator_id] = line.indicator
    return {card: tuple(indicators.values()) for card, indicators in found.items()}


def derived_line(line: ScoreLine, known: Afresh, judge: Judge) -> LineRow:
    """One line: as stored, or judged again where its value was read afresh."""
    fact = known.facts.get((line.department_id, line.indicator_id))
    return kept_line(line) if fact is None else judge.line(line.indicator, fact)


def derived_score(score: Score, told: pl.DataFrame, sums: LineSums, known: Afresh, judge: Judge) -> Judged:
    """One department: as stored, or put together again where something of it was read afresh."""
    row = Assessed(score.department_id, score.scorecard_id, score.coefficient)
    if score.department_id in known.extras:
        return judge.scored(row, told, sums, known.extras[score.department_id])
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
    """Everybody's score with the departments' new ones. Days and role are as they were, but for those whose placement is
    read afresh, who are scored as in a month worked out anew; appraisals too, but for those read afresh, and the vetoes of
    heads alone, but for those of the departments whose own were. Two queries."""
    rules, bands = base.scheme.staff_rules, terms_of(base.scheme).grades
    found = score_people(known.placed, base.scheme, totals, Month.of(base.month)) if known.placed.people else []
    for stored in PersonScore.objects.filter(run=base).exclude(person__in=known.placements).order_by("person"):
        row = with_totals(stored_person(stored), totals)
        if row.person in known.people:
            row = with_appraisals(row, given.get(row.person, ()))
        if known.departments:
            row = with_vetoes(row, known.head_vetoes.get(row.person, ()), known.departments)
        found.append(judged_person(row, rules, bands))
    return sorted(found, key=attrgetter("person"))


@transaction.atomic
def revise_departments(
    *,
    month: Month,
    departments: Collection[int],
    reason: str,
    by: User,
    now: datetime,
    placements: Collection[int] = (),
) -> ScoreRun:
    """A draft that corrects whole DEPARTMENTS of a published month: each of their lines and all beside them read again; and
    the people of PLACEMENTS (keys, of the caller's reach): their days, departments and role, and all else of their own.

    A draft that corrects what an appeal was granted is gone on from: nothing of it is lost, and where the appeal is a
    person's, their personal part is read again too (DEPARTMENTS may be empty then). Refuses what `revise_month` refuses.
    """
    place = locked_month(month)
    lines = ScoreLine.objects.filter(run=place.draft or place.published, department__in=departments)
    keys = list(lines.order_by("department", "indicator").values_list("department", "indicator"))
    appeals = appeals_carried(place.draft) if place.draft else []
    return revise_month(
        month=month,
        afresh=keys,
        departments=departments,
        people=[one.person_id for one in appeals if one.person_id],
        placements=placements,
        reason=reason,
        by=by,
        now=now,
        is_further=True,
    )
