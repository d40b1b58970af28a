"""What of a frozen report is another today: figures it names, and those its comparisons, bridges and counts rest on."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.models import ScoreRun
from apps.assessments.selectors.scores import visible_runs, visible_scores
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.forecasts.choices import ReportState
from apps.forecasts.models import ForecastIssue, SituationReport
from apps.forecasts.rules.comparing import STANDING
from apps.forecasts.selectors.issues import current_issues
from apps.kpis.choices import Status
from apps.kpis.selectors.months import Line, Pair, lines_of
from apps.kpis.selectors.reporting import Look, Standing, changed_since, looks_of, month_standings
from apps.staff.selectors import heads_by_department, statement
from apps.staff.selectors.numbers import plans_by_month

COMPANY = Scope(
    user_id=None,
    reach=Reach.COMPANY,
    capabilities=frozenset({"assessments.view", "kpis.view", "forecasts.view", "staff.view_headcount"}),
)
"""What was reported of the whole company is compared with the whole company, whoever reads it."""
YEAR = 12
Figures = Mapping[tuple[str, int, int], Mapping[str, Any]]
"""The figures a report names, by kind, indicator and department."""
DATED = frozenset({"value", "weight", "status"})
"""Parts of an indicator that a value entered since may have moved."""
MONTHLY = ("joined", "left", "closing", "planned")
"""What the report holds of people in each month, in this order (services.grounds)."""


@dataclass(frozen=True, slots=True)
class Restated:
    """A figure of a report that is another today."""

    kind: str
    """kpi, score, headcount (of a department), people (of the company) or forecast."""
    part: str
    """Of a KPI: value, weight, target, upper or status; of a headcount: value or target; of people: opening, joined, left,
    closing, planned, left_year or turnover; of a score: value; of a forecast: issue."""
    month: Month
    was: Decimal | str | None
    """As it stands in the report. Numbers, lights by their code, and of a forecast "2026-05 version 1"."""
    now: Decimal | str | None
    """Today's; None where there is none any more."""
    key: int = 0
    """Of the KPI; else 0."""
    place: int = 0
    """Of the department; 0 is the whole company."""
    name: str = ""
    place_name: str = ""
    decimals: int = 0
    unit: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Appendix:
    """What was restated, as of a moment: a page of its own in files, which outlive it."""

    as_of: datetime
    figures: tuple[Restated, ...]


def appendix_of(scope: Scope, report: SituationReport, *, now: datetime) -> Appendix | None:
    """What a file of the report says beside it; None of a draft, whose figures are put together anew instead."""
    return None if report.state == ReportState.DRAFT else Appendix(now, tuple(restated_since(scope, report)))


def restated_since(scope: Scope, report: SituationReport) -> list[Restated]:
    """What of an approved or issued report is another today: the forecast it rests on, the figures it names, scores, people,
    then what its comparisons rest on, then every other indicator. None of a draft. Some fifteen queries, however large the
    company.

    REPORT comes from a selector that took the scope: whoever may read the report may read how its figures changed.
    """
    if not scope.may("forecasts.view") or report.state == ReportState.DRAFT:
        return []
    content = report.content
    figures: Figures = {(one["kind"], one["key"], one["place"]): one for one in content.get("figures", [])}
    moved = [*moved_standings(report), *moved_grounds(report)]
    told, earlier, others = grouped(dated(named(moved, figures, content), since=report.assembled_at), report, figures)
    return [*restated_forecast(report), *told, *restated_scores(report, figures), *restated_heads(report, figures),
            *restated_people(report), *earlier, *others]  # fmt: skip


def grouped(moved: list[Restated], report: SituationReport, figures: Figures) -> tuple[list[Restated], ...]:
    """Figures the report names, what stands behind these (earlier months, departments' parts), every other indicator."""
    month, keys = Month.of(report.month), {key for kind, key, _place in figures if kind == "kpi"}
    groups: tuple[list[Restated], ...] = ([], [], [])
    for one in moved:
        is_named = ("kpi", one.key, one.place) in figures and one.month == month
        groups[0 if is_named else 1 if one.key in keys else 2].append(one)
    return groups


def number(text: str | None) -> Decimal | None:
    """A stored number."""
    return None if text is None else Decimal(text)


def moved_standings(report: SituationReport) -> Iterator[Restated]:
    """Value, target and light of every indicator in the report's month. One query; a second where some stand elsewhere."""
    month, told = Month.of(report.month), report.content.get("standings", {})
    stood = {int(key): dict(zip(STANDING, row, strict=False)) for key, row in told.items()}
    today: dict[int, Standing] = {one.kpi: one for one in month_standings(COMPANY, month)} if stood else {}
    here = {key for key, row in stood.items() if key in today and today[key].place == row["place"]}
    elsewhere = lines_of(
        [(key, row["place"]) for key, row in stood.items() if key not in here], first=month, last=month
    )
    for key, row in stood.items():
        stands = today[key] if key in here else elsewhere.get((key, row["place"]), {}).get(month)
        yield from moved_of(row, stands, Restated("kpi", "value", month, None, None, key, row["place"]))
    for key, one in today.items():
        if key not in stood and one.value is not None:
            yield Restated("kpi", "value", month, None, one.value, key, one.place)


def moved_of(row: Mapping[str, Any], stands: Standing | Line | None, blank: Restated) -> Iterator[Restated]:
    """What of one indicator's ROW is another where it STANDS today; BLANK is filled in for each."""
    for part in ("value", "target", "upper"):
        now = getattr(stands, part, None)
        if part in row and number(row[part]) != now:
            yield replace(blank, part=part, was=number(row[part]), now=now)
    light = stands.status if stands else Status.GREY.value
    if light != row["status"]:
        yield replace(blank, part="status", was=row["status"], now=light)


def moved_grounds(report: SituationReport) -> Iterator[Restated]:
    """Earlier months the report compares with, and the departments' parts of its bridges. One query."""
    told = report.content.get("grounds", {}).get("kpis", {})
    known = {(int(key), int(place)): months for key, places in told.items() for place, months in places.items()}
    if not known:
        return
    last = Month.of(report.month)
    lines: Mapping[Pair, Mapping[Month, Line]] = lines_of(known, first=last.plus(-YEAR), last=last)
    for (key, place), months in known.items():
        for text, (value, *weights) in months.items():
            month = Month.parse(text)
            line = lines.get((key, place), {}).get(month)
            is_now, weighs = (line.value, line.denominator) if line else (None, None)
            if number(value) != is_now:
                yield Restated("kpi", "value", month, number(value), is_now, key, place)
            elif weights and number(weights[0]) != weighs:
                yield Restated("kpi", "weight", month, number(weights[0]), weighs, key, place)


def named(moved: list[Restated], figures: Figures, content: Mapping[str, Any]) -> list[Restated]:
    """The same with names, places and units: as the report has them, else as of today. One query, or none."""
    of_kpi = {key: one for (kind, key, _place), one in figures.items() if kind == "kpi"}
    of_place: dict[int, str] = {int(place): name for place, name in content.get("grounds", {}).get("names", {}).items()}
    strange = {one.key for one in moved if one.key not in of_kpi}
    looks = looks_of(COMPANY, strange) if strange else {}

    def look_of(one: Restated) -> Look:
        known = of_kpi.get(one.key)
        if known is None:
            return looks.get(one.key, Look("", "", 0, ""))
        place_name = known["place_name"] if known["place"] == one.place else of_place.get(one.place, "")
        return Look(known["name"], place_name, known["decimals"], known["unit"])

    return [replace(one, **asdict(look_of(one))) for one in moved]


def dated(moved: list[Restated], *, since: datetime) -> list[Restated]:
    """The same with the moment a value below them was last entered. One query, or none."""
    keys = {(one.key, one.place, one.month) for one in moved if one.part in DATED}
    moments = changed_since(keys, since=since)
    return [
        replace(one, changed_at=moments.get((one.key, one.place, one.month)) if one.part in DATED else None)
        for one in moved
    ]


def restated_scores(report: SituationReport, figures: Figures) -> Iterator[Restated]:
    """Scores, where a newer edition of their month was published, or of the month before, which their movement is told
    against. Two queries."""
    stored = report.content["sections"].get("scores", {}).get("facts", {})
    if "run" not in stored:
        return
    month = Month.parse(stored["month"])
    named_ = {place: one for (kind, _key, place), one in figures.items() if kind == "score"}
    former = report.content.get("grounds", {}).get("scores", {})
    told = {
        month: ("run", {place: one["value"] for place, one in named_.items()}),
        month.plus(-1): ("former", {int(place): total for place, total in former.items()}),
    }
    rows = visible_runs(COMPANY).filter(month__in=[one.first_day for one in told])
    runs: dict[Month, ScoreRun] = {Month.of(run.month): run for run in rows}
    fresh = {one: run for one, run in runs.items() if told[one][0] in stored and run.pk != stored[told[one][0]]}
    totals: dict[Month, dict[int, Decimal | None]] = {}
    if fresh:
        scored = visible_scores(COMPANY).filter(run__in=[run.pk for run in fresh.values()])
        for day, place, total in scored.values_list("run__month", "department", "total"):
            totals.setdefault(Month.of(day), {})[place] = total
    for one, run in fresh.items():
        publication = getattr(run, "publication", None)
        for place, known in named_.items():
            was, now = number(told[one][1].get(place)), totals.get(one, {}).get(place)
            if was != now:
                yield Restated("score", "value", one, was, now, 0, place, known["name"], known["place_name"], 2, "",
                               publication.published_at if publication else None)  # fmt: skip


def restated_heads(report: SituationReport, figures: Figures) -> Iterator[Restated]:
    """Headcount and plan of each department at the end of the month. Three queries."""
    known = {place: one for (kind, _key, place), one in figures.items() if kind == "headcount"}
    if not known:
        return
    month = Month.of(report.month)
    heads, planned = heads_by_department(month.last_day), plans_by_month(month, month).get(month, {})
    for place, one in known.items():
        about = (0, place, one["name"], one["place_name"])
        count, plan = Decimal(heads.get(place, 0)), planned.get(place)
        if number(one["value"]) != count:
            yield Restated("headcount", "value", month, number(one["value"]), count, *about)
        if "target" in one and number(one["target"]) != plan:
            yield Restated(
                "headcount", "target", month, number(one["target"]), None if plan is None else Decimal(plan), *about
            )


def restated_people(report: SituationReport) -> Iterator[Restated]:
    """Who came and went in the months the report shows, heads and plan at their ends, the turnover of the year. What a
    report is put together from itself: six queries."""
    told = report.content.get("grounds", {}).get("people")
    if not told:
        return
    last = Month.parse(max(told["months"]))
    found = statement(scope=COMPANY, first=last.plus(1 - YEAR), last=last)
    months = {one.month: one for one in found.months}
    whole = str(_("Whole company"))

    def change(part: str, month: Month, was: Any, now: Any, *, decimals: int = 0, unit: str = "") -> Iterator[Restated]:
        before, after = (None if one is None else Decimal(str(one)) for one in (was, now))
        if before != after:
            yield Restated("people", part, month, before, after, place_name=whole, decimals=decimals, unit=unit)

    for place, (text, counts) in enumerate(sorted(told["months"].items())):
        month = Month.parse(text)
        one = months[month]
        if not place:
            yield from change("opening", month, told["opening"], one.count.opening)
        now = (one.count.joiners, one.count.leavers, one.count.closing, one.planned)
        for part, before, after in zip(MONTHLY, counts, now, strict=True):
            yield from change(part, month, before, after)
    yield from change("left_year", last, told["left"], found.turnover.leavers)
    if told["turnover"] is not None:
        yield from change("turnover", last, told["turnover"], found.turnover.rate_pct, decimals=1, unit="%")


def restated_forecast(report: SituationReport) -> Iterator[Restated]:
    """The forecast, where another one counts today: of the same month or of a later one up to the report's. One query."""
    counts = next(iter(current_issues(COMPANY, until=Month.of(report.month), limit=1)), None)
    if counts is not None and counts.pk != report.issue_id:
        month = Month.of(counts.month)
        yield Restated("forecast", "issue", month, issue_words(report.issue), issue_words(counts),
                       changed_at=counts.issued_at)  # fmt: skip


def issue_words(issue: ForecastIssue | None) -> str | None:
    """An issue as other systems know it: "2026-05 version 1"."""
    return None if issue is None else f"{Month.of(issue.month)} version {issue.version}"
