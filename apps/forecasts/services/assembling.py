"""Putting the situation-and-outlook report together: the figures of a month, written out and kept inside the report."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.clock import local_date
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text
from apps.forecasts.choices import ReportState
from apps.forecasts.models import SeriesForecast, SituationReport
from apps.forecasts.services.grounds import grounds_of, short
from apps.forecasts.services.refusals import ReasonMissing, ReportBusy, WrongMonth
from apps.forecasts.services.sections import SECTIONS, MonthFacts, facts_of
from apps.kpis.selectors.reporting import Result

ASSEMBLE_KIND = "forecasts.assemble_report"
SHAPE = 3
"""Of what is stored in `content`; readers of old reports go by it."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """What came of it."""

    report: SituationReport
    is_new: bool
    """A report was begun; else a draft was brought up to date, or left as it was."""
    is_changed: bool = True


@transaction.atomic
def assemble_report(*, month: Month, by: User | None, now: datetime, reason: str = "") -> Assembled:
    """Begin the report of MONTH, or put its draft's figures together anew: what was typed stays. forecasts.write_reports.

    With a REASON a new version of a month is begun whose report was issued. Refuses a month that has not ended, an approved
    report (take it back first), and a new version without a reason.
    """
    require_ended(month, now)
    report = locked_open(month)
    if report is not None and report.state == ReportState.APPROVED:
        raise ReportBusy(
            _("The report of %(month)s is approved. Take it back to draft before its figures are put together anew.")
            % {"month": month_text(month)},
            details={"state": report.state},
        )
    newest = SituationReport.objects.filter(month=month.first_day).order_by("-version").first()
    if report is None and newest is not None and not reason.strip():
        raise ReasonMissing(
            _("The report of %(month)s was issued. Say why a new version of it is begun.")
            % {"month": month_text(month)},
            field="reason",
        )
    return stored(month, report, newest, by=by, now=now, reason=reason.strip())


@transaction.atomic
def reassemble(*, report: SituationReport, by: User, now: datetime) -> Assembled:
    """Put the figures of this very draft together anew: what was typed stays. forecasts.write_reports.

    Refuses what is no draft any more; an issued report is never begun anew by this.
    """
    month = Month.of(report.month)
    row = locked_open(month)
    if row is None or row.pk != report.pk or row.state != ReportState.DRAFT:
        state = row.state if row and row.pk == report.pk else report.state
        raise ReportBusy(
            _("The report of %(month)s is no draft any more: its figures stay as they are.")
            % {"month": month_text(month)},
            details={"state": state},
        )
    return stored(month, row, None, by=by, now=now, reason="")


def stored(
    month: Month,
    report: SituationReport | None,
    newest: SituationReport | None,
    *,
    by: User | None,
    now: datetime,
    reason: str,
) -> Assembled:
    """The draft with today's figures, begun if there is none."""
    facts = facts_of(month, now=now)
    content = content_of(facts)
    is_new = report is None
    if report is None:
        report = SituationReport(month=month.first_day, version=newest.version + 1 if newest else 1, said={})
    content["begun_because"] = reason if is_new else report.content.get("begun_because", "")
    report.content, report.issue = content, facts.issue
    report.assembled_at, report.assembled_by = now, by
    with because("forecasts.report_assembled", by=by, reason=reason):
        try:
            with transaction.atomic():
                report.save()
        except IntegrityError as error:
            raise ReportBusy(
                _("Somebody else has just begun the report of %(month)s. Open it.") % {"month": month_text(month)}
            ) from error
    return Assembled(report, is_new)


def assemble_on_schedule(*, month: Month, now: datetime) -> Assembled | None:
    """After an issue of the month: begin its report or bring its draft up to date. None where it is approved or issued
    already: nobody's work is undone by a clock."""
    newest = SituationReport.objects.filter(month=month.first_day).order_by("-version").first()
    if newest is not None and newest.state != ReportState.DRAFT:
        return None
    return assemble_report(month=month, by=None, now=now)


def require_ended(month: Month, now: datetime) -> None:
    """Refuse a month that still runs."""
    if month >= Month.of(local_date(now)):
        raise WrongMonth(
            _("%(month)s has not ended yet. Choose a month that is over.") % {"month": month_text(month)}, field="month"
        )


def locked_open(month: Month) -> SituationReport | None:
    """The draft or approved report of the month, locked."""
    rows = SituationReport.objects.select_for_update(of=("self",)).filter(month=month.first_day)
    return rows.exclude(state=ReportState.ISSUED).first()


def content_of(facts: MonthFacts) -> dict[str, Any]:
    """The whole report as it is stored."""
    built = {builder.code: (builder.title, builder.build(facts).as_json()) for builder in SECTIONS}
    return {
        "shape": SHAPE,
        "month": str(facts.month),
        "order": list(built),
        "sections": {code: {"title": str(title), **section} for code, (title, section) in built.items()},
        "figures": list(figures_of(facts)),
        "standings": standings_of(facts),
        "grounds": grounds_of(facts),
    }


def standings_of(facts: MonthFacts) -> dict[str, list[Any]]:
    """Where every indicator stands, named in the report or not, as rules.comparing.STANDING says: {key: [department, value,
    light, target, its upper end]}. By it the next report tells what recovered from what is not judged any more, and what was
    restated is found."""
    return {
        str(one.kpi): [
            one.place,
            None if one.value is None else f"{one.value:f}",
            one.status,
            short(one.target),
            short(one.upper),
        ]
        for one in facts.standings
    }


def figures_of(facts: MonthFacts) -> Iterator[dict[str, Any]]:
    """The bare figures the report rests on: what later corrections and the next report are compared with."""
    for result in {one.row.pk: one for one in (*facts.top, *facts.off, *facts.best)}.values():
        yield kpi_figure(result, facts.series_of(result))
    for score in facts.scored.scores if facts.scored else ():
        yield {
            "kind": "score",
            "key": 0,
            "place": score.department_id,
            "name": str(_("Score")),
            "place_name": score.department.name,
            "value": f"{score.total:f}",
            "status": "",
            "decimals": 2,
            "unit": "",
        }
    for place, (heads, plan) in sorted(facts.people_by_department.items()):
        yield {
            "kind": "headcount",
            "key": 0,
            "place": place,
            "name": str(_("Headcount")),
            "place_name": facts.name_of(place),
            "value": str(heads),
            "target": None if plan is None else str(plan),
            "status": "",
            "decimals": 0,
            "unit": "",
        }


def kpi_figure(result: Result, series: SeriesForecast | None) -> dict[str, Any]:
    """One indicator, with how its year was expected to end."""
    facts, line = result.card.facts, result.card.line
    value, target = (line.value, line.target) if line else (None, None)
    return {
        "kind": "kpi",
        "key": result.row.pk,
        "place": result.row.place_id,
        "name": result.row.name,
        "place_name": facts.place_name,
        "value": None if value is None else f"{value:f}",
        "target": None if target is None else f"{target:f}",
        "status": result.card.status,
        "chance_year": series.chance_year if series else None,
        "expected_year": series.year_mean if series else None,
        "decimals": facts.decimals,
        "unit": facts.unit,
    }
