"""The published scores: mean, grades, best and last, and who moved it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.choices import ScoreStatus
from apps.core.month import Month
from apps.forecasts.choices import SubjectKind
from apps.forecasts.rules.bridge import mean_bridge
from apps.forecasts.rules.sentences import Sentence, mean_sentence, points, range_text, rough
from apps.forecasts.services.sections.facts import MonthFacts, Scored
from apps.forecasts.services.sections.frame import (
    Chart,
    Json,
    Line,
    Section,
    Table,
    address,
    cell,
    month_text,
    said,
    series_address,
)
from apps.kpis.rules.showing import figure

MOST_SHOWN = 5


def scores_section(facts: MonthFacts) -> Section:
    """The run published for the month, or the last one before it, which is said."""
    scored = facts.scored
    if scored is None:
        return Section(
            [said(mean_sentence(facts.month, mean=None, former=None, scored=0), address("assessments:list"))]
        )
    month = Month.of(scored.run.month)
    url = address("assessments:scores", month)
    spoken = (
        [] if month == facts.month else [Sentence("score_older", {"wanted": facts.month, "month": month}, tone="warn")]
    )
    former = scored.former.mean_total if scored.former else None
    spoken.append(mean_sentence(month, mean=scored.run.mean_total, former=former, scored=scored.run.scored_count))
    spoken += leaders(scored.scores) + movers(scored.scores) + expected_sentences(facts, scored)
    facts_found = {
        "month": str(month),
        "mean": None if scored.run.mean_total is None else f"{scored.run.mean_total:f}",
        "run": scored.run.pk,
        "former": scored.former.pk if scored.former else None,
    }
    tables = [ranking(facts, scored, month), *movement(scored, month)]
    return Section([said(one, url) for one in spoken], tables, [grades_chart(scored, url)], facts_found)


def leaders(scores: Sequence[Any]) -> list[Sentence]:
    """The best and the last."""
    if not scores:
        return []
    found = [Sentence("score_best", {"name": scores[0].department.name, "total": figure(scores[0].total)}, tone="good")]
    if len(scores) > 1:
        last = scores[-1]
        found.append(Sentence("score_worst", {"name": last.department.name, "total": figure(last.total)}))
    return found


def movers(scores: Sequence[Any]) -> list[Sentence]:
    """Who rose and who fell most."""
    moved = sorted((one for one in scores if one.change), key=lambda one: one.change)
    found = []
    if moved and moved[-1].change > 0:
        values = {"name": moved[-1].department.name, "change": points(moved[-1].change)}
        found.append(Sentence("score_rose_most", values, tone="good"))
    if moved and moved[0].change < 0:
        values = {"name": moved[0].department.name, "change": points(moved[0].change)}
        found.append(Sentence("score_fell_most", values, tone="bad"))
    return found


def year_end_of(facts: MonthFacts) -> Month | None:
    """The last month of the business year that is foretold; None without a forecast."""
    return facts.issue_month.plus(1 + facts.year_ahead) if facts.issue_month else None


def expected_of(facts: MonthFacts, department: int) -> tuple[float, float, float] | None:
    """(expected score, its 80 % range) of a department in the last month of the year; None where it is not foretold."""
    series, at = facts.series.get((SubjectKind.SCORE, department, 0)), facts.year_ahead
    if series is None or len(series.mean) <= at:
        return None
    return series.mean[at], series.lo80[at], series.hi80[at]


def expected_sentences(facts: MonthFacts, scored: Scored) -> list[Sentence]:
    """What the departments with a forecast are expected to score at the end of the year, beside what they have now."""
    told = [
        (found[0], one.total) for one in scored.scores if (found := expected_of(facts, one.department_id)) is not None
    ]
    if not told:
        return [Sentence("score_end_none", tone="warn")]
    values = {
        "month": year_end_of(facts),
        "expected": rough(sum(expected for expected, _total in told) / len(told), decimals=2),
        "now": figure(sum((total for _expected, total in told), Decimal(0)) / len(told), decimals=2),
    }
    return [Sentence("score_end", values, count=len(told))]


def ranking(facts: MonthFacts, scored: Scored, month: Month) -> Table:
    """The best and the last, with their movement and what is expected of them at the end of the year."""
    scores = list(scored.scores)
    few = len(scores) <= 2 * MOST_SHOWN
    shown = scores if few else scores[:MOST_SHOWN] + scores[-MOST_SHOWN:]
    columns: tuple[tuple[str, str, str], ...] = (
        ("department", _("Department"), "text"),
        ("total", _("Score"), "number"),
        ("grade", _("Grade"), "text"),
        ("rank", _("Rank"), "number"),
        ("change", _("Against the month before"), "number"),
    )
    year_end = year_end_of(facts)
    rows = [score_row(one, month) for one in shown]
    if year_end is not None:
        columns += (("expected", _("Expected in %(month)s") % {"month": month_text(year_end)}, "number"),)
        rows = [[*row, expected_cell(facts, one)] for row, one in zip(rows, shown, strict=True)]
    title = _("Scores") if few else _("Best and last scores")
    return Table(
        "ranking", title, columns, rows, empty=_("No department has a score."), left_out=len(scores) - len(shown)
    )


def score_row(score: Any, month: Month) -> list[Json]:
    """One department."""
    tone = "" if not score.change else "good" if score.change > 0 else "bad"
    return [
        cell(score.department.name, url=address("assessments:score", month, score.department_id)),
        cell(figure(score.total), value=score.total),
        cell(score.grade),
        cell("" if score.rank is None else str(score.rank), value=score.rank),
        cell("–" if score.change is None else points(score.change), value=score.change, tone=tone),
    ]


def expected_cell(facts: MonthFacts, score: Any) -> Json:
    """A department's expected score at the end of the year, with its 80 % range."""
    found = expected_of(facts, score.department_id)
    if found is None:
        return cell("–")
    mean, low, high = found
    url = series_address(SubjectKind.SCORE, score.department_id)
    return cell(rough(mean, decimals=2), value=mean, url=url, note=range_text(low, high, decimals=2, unit=""))


def movement(scored: Scored, month: Month) -> list[Table]:
    """What moved the mean, department by department; nothing where there is no month before."""
    former = scored.former
    if former is None or former.mean_total is None or scored.run.mean_total is None:
        return []
    then = {one.department_id: one.before_total for one in scored.scores if one.before_total is not None}
    now = {one.department_id: one.total for one in scored.scores}
    names = {one.department_id: one.department.name for one in scored.scores}
    bridge = mean_bridge(former.mean_total, scored.run.mean_total, then=then, now=now)
    rows = [[cell(_("Mean of the month before")), cell(figure(bridge.start), value=bridge.start)]]
    rows += [
        [cell(names[step.key], url=address("assessments:score", month, step.key)), point_cell(step.amount)]
        for step in bridge.steps
    ]
    if bridge.others_count:
        count = bridge.others_count
        words = ngettext("%(count)s other", "%(count)s others", count) % {"count": count}
        rows.append([cell(words), point_cell(bridge.others)])
    if bridge.rest:
        rows.append([cell(_("Departments that came or went, and rounding")), point_cell(bridge.rest)])
    rows.append([cell(_("Mean of the month")), cell(figure(bridge.end), value=bridge.end)])
    columns = (("step", _("What moved it"), "text"), ("points", _("Points"), "number"))
    return [Table("moved", _("What moved the mean score"), columns, rows)]


def point_cell(amount: Decimal) -> Json:
    """A share of the mean's movement."""
    return cell(points(amount), value=amount, tone="good" if amount > 0 else "bad" if amount < 0 else "")


def grades_chart(scored: Scored, url: str) -> Chart:
    """How many departments have each grade."""
    known = dict(ScoreStatus.choices)
    labels = [one.code if one.is_grade else str(known.get(one.code, one.code)) for one in scored.grades]
    counts = [one.count for one in scored.grades]
    return Chart("grades", _("Departments by grade"), labels, [Line(_("Departments"), counts)], form="bars", url=url)
