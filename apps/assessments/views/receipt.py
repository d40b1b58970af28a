"""The page of a score is its receipt: clause, indicator, formula with the numbers in it, rounding, values and whose."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments import services
from apps.assessments.choices import LineStatus, Presence, RunState, ScoreStatus
from apps.assessments.rules.grades import GradeBand
from apps.assessments.rules.nearness import rooms, step_up
from apps.assessments.rules.results import Result
from apps.assessments.selectors.parts import is_due
from apps.assessments.selectors.receipts import ReceiptLine, ReceiptPart, beside_sources, hands_of, receipt_of
from apps.assessments.selectors.scores import number_of, opened_score
from apps.assessments.services import Rejudged, ScoreProof
from apps.assessments.services.proof_words import score_findings
from apps.assessments.services.since import number_of as number_in
from apps.assessments.services.since_beside import came_to_score
from apps.assessments.views.appeal import disagree_context
from apps.assessments.views.bases import month_basis
from apps.assessments.views.beside import Sources, beside_rows, exemption_words, reported_words
from apps.assessments.views.bundles import sealed_by
from apps.assessments.views.department import chart_of, time_rows
from apps.assessments.views.editions import edition_row
from apps.assessments.views.figures import in_unit
from apps.assessments.views.own_rules import rules_url
from apps.assessments.views.sentences import absence, quotient, quotient_words, rounding, said, steps_in_words
from apps.assessments.views.since import came_words, restated
from apps.assessments.views.telling import (
    LINE_TONES,
    asked_version,
    month_name,
    percent_text,
    run_badge,
    scope_of,
    score_url,
    shown,
    status_badge,
    url_or_nothing,
    verdict,
    why_no_score,
)
from apps.core.http.cells import Badge
from apps.core.month import Month
from apps.core.scope import Scope
from apps.kpis.models import KpiValue
from apps.kpis.selectors import Behind, Fact

SHOWN_ROOMS = 3
PART_FIGURES = ("value", "numerator", "denominator", "scale", "target")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A score with its lines and what the rules make of them once more."""

    score: Any
    lines: list[ReceiptLine]
    again: Rejudged
    scope: Scope
    restated: dict[int, str]
    """By indicator: what stands there now instead, in a sentence."""
    sources: Sources
    """Where what stands beside the points came from."""

    @property
    def month(self) -> Month:
        return Month.of(self.score.run.month)


@require_GET
@allow("assessments.view")
def score_page(request: HttpRequest, month: Month, department: int) -> HttpResponse:
    """The receipt of one department's month; ?proof=1 proves it."""
    scope, version = scope_of(request), asked_version(request)
    opened = opened_score(scope, month, department, version)
    score = opened.score
    lines = receipt_of(score, scope)
    stored = [one.line for one in lines]
    proof = services.prove_score(score, stored) if "proof" in request.GET else None
    again = proof.again if proof else services.rejudged_score(score, stored)
    sources = beside_sources(score, scope)
    receipt = Receipt(score, lines, again, scope, restated(score.run, lines), sources)
    context = {
        **head_context(receipt),
        **figure_context(receipt),
        "lines": line_rows(receipt),
        "sums": sum_rows(receipt),
        "proof": proof_words(proof) | sealed_by(score.run) if proof else None,
        "version": version,
        "hands": hands_of(score.run),
        "chart": chart_of(opened.history),
        "history": time_rows(opened.history),
        "editions": [
            edition_row(
                one.score,
                number=one.number,
                url=score_url(one.score, one.run.version),
                is_this=one.run.pk == score.run_id,
            )
            for one in opened.editions
        ],
        "disagree": disagree_context(
            scope, score, [line.indicator_id for line in stored], [one.score for one in opened.editions]
        ),
        "basis": month_basis(score, scope),
        "came": came_words(came_to_score(score, sources), score.run),
    }
    return render(request, "assessments/score.html", context)


def head_context(receipt: Receipt) -> dict[str, Any]:
    """Name, state, way here."""
    score, month = receipt.score, receipt.month
    number = number_of(score.run)
    return {
        "title": score.department.name,
        "score": score,
        "month": month,
        "month_name": month_name(month),
        "state": run_badge(score.run),
        "status": status_badge(score),
        "scheme": score.run.scheme,
        "scheme_url": rules_url(receipt.scope, score.run.scheme_id, month),
        "edition": number,
        "is_draft": score.run.state in {RunState.CALCULATED, RunState.UNDER_REVIEW, RunState.APPROVED},
        "is_old": score.run.state == RunState.SUPERSEDED,
        "department_url": score.department.get_absolute_url(),
        "crumbs": [
            (_("Assessments"), reverse("assessments:list")),
            (month_name(month), reverse("assessments:month", args=[month])),
            (score.department.name, ""),
        ],
    }


def figure_context(receipt: Receipt) -> dict[str, Any]:
    """The figures at the top, and what the next grade takes."""
    score, card = receipt.score, receipt.again.card
    return {
        "why": why_no_score(score, card.kept_weight),
        "figures": {
            "total": shown(score.total),
            "has_total": score.total is not None,
            "grade": score.grade,
            "rank": score.rank,
            "rank_of": score.run.scored_count,
            "before_rank": score.before_rank,
            "change": score.change,
            "before": shown(score.before_total) if score.before_total is not None else "",
            "coverage": percent_text(score.coverage_pct),
            "needed": percent_text(score.run.scheme.min_coverage),
        },
        "next": next_grade(receipt),
    }


def next_grade(receipt: Receipt) -> dict[str, Any] | None:
    """How many points are missing for the next better grade, and where the most were left."""
    score, scheme = receipt.score, receipt.score.run.scheme
    bands = [GradeBand(row["grade"], Decimal(row["min"])) for row in scheme.grades]
    above = step_up(score.total, bands, most=scheme.max_total)
    if above is None:
        return None
    lines = [(one.line.indicator_id, one.line.weight, one.line.points) for one in receipt.lines]
    names = {one.line.indicator_id: one.line.indicator.name for one in receipt.lines}
    card = receipt.again.card
    left = rooms(lines, kept_weight=card.kept_weight, coefficient=score.coefficient)[:SHOWN_ROOMS]
    return {
        "grade": above.grade,
        "points": shown(above.points),
        "rooms": [{"name": names[room.key], "points": shown(room.points)} for room in left],
    }


def line_rows(receipt: Receipt) -> list[dict[str, Any]]:
    """Every line with its steps and sources, and the running sum of points."""
    rows, total = [], Decimal(0)
    for one, result in zip(receipt.lines, receipt.again.lines, strict=True):
        total += one.line.points or 0
        rows.append(line_row(one, result, receipt) | {"sum": shown(total)})
    return rows


def line_row(one: ReceiptLine, result: Result, receipt: Receipt) -> dict[str, Any]:
    """One line of the receipt."""
    line, indicator = one.line, one.line.indicator
    may_open = receipt.scope.may("kpis.view")
    query = f"?month={receipt.month}&department={line.department_id}"
    return {
        "pk": indicator.pk,
        "name": indicator.name,
        "code": indicator.code,
        "clause": indicator.clause,
        "method": indicator.get_method_display(),
        "kpi": indicator.kpi.name if indicator.kpi else "",
        "kpi_url": f"{url_or_nothing('kpis:detail', indicator.kpi_id)}{query}" if may_open and indicator.kpi_id else "",
        "value": in_unit(line.value, one.definition, is_rounded=bool(quotient(line)))
        if line.presence == Presence.NUMBER
        else "",
        "parts": quotient(line),
        "target": in_unit(line.target, one.definition),
        "weight": shown(line.weight),
        "points": shown(line.points),
        "has_points": line.points is not None,
        "is_out": line.status == LineStatus.EXCLUDED,
        "absence": reported_words(line) or absence(line),
        "propose_url": propose_url(line, receipt),
        "exemption": exemption_words(receipt.score, line, receipt.sources),
        "status": Badge(line.get_status_display(), LINE_TONES[LineStatus(line.status)]),
        "is_plain": line.status == LineStatus.SCORED,
        "children": [part_row(part, query if may_open else "") for part in one.parts],
        "steps": steps_in_words(line, result, one.raters, {part.code: part.name for part in one.parts}),
        "rounding": rounding(result),
        "is_different": indicator.pk in receipt.again.different,
        "told": one.told,
        "restated": receipt.restated.get(indicator.pk, ""),
        **source_rows(one.behind),
    }


def source_rows(behind: Behind) -> dict[str, Any]:
    """The reported values behind a figure, with how many more there are."""
    return {
        "sources": [source_row(value) for value in behind.values],
        "more_count": behind.count - behind.hidden_count - len(behind.values),
        "hidden_count": behind.hidden_count,
    }


def part_row(part: ReceiptPart, query: str) -> dict[str, Any]:
    """One KPI of a composite: its figure, its target, the share that was reached, its weight. QUERY: empty for whoever may
    not open KPIs."""
    fact, figures = part.fact, {name: number_in(getattr(part.fact, name)) for name in PART_FIGURES}
    definition = part.behind.definition
    has_value = fact.presence == Presence.NUMBER
    ratio = quotient_words(figures["numerator"], figures["denominator"], figures["scale"]) if has_value else ""
    return {
        "name": part.name,
        "url": f"{url_or_nothing('kpis:detail', part.kpi)}{query}" if query else "",
        "value": in_unit(figures["value"], definition, is_rounded=bool(ratio)) if has_value else "",
        "ratio": ratio,
        "absence": "" if has_value else part_absence(fact),
        "target": in_unit(figures["target"], definition),
        "share": "" if part.rate is None else said(Decimal(part.rate)),
        "weight": part.weight,
        **source_rows(part.behind),
    }


def part_absence(fact: Fact) -> str:
    """Why a part has no value, in a word or two."""
    return str(Presence(fact.presence).label) if is_due(fact) else _("Not due this month")


def propose_url(line: Any, receipt: Receipt) -> str:
    """Where it is proposed that a line which waits does not apply, for whoever may; else empty."""
    if line.status != LineStatus.PENDING or not receipt.scope.may("assessments.propose"):
        return ""
    given = {"month": receipt.month, "department": line.department_id, "item": f"exemption:{line.indicator.code}"}
    return f"{reverse('assessments:propose')}?{urlencode(given)}"


def source_row(value: KpiValue) -> dict[str, Any]:
    """One reported value: from which department, who entered and who approved it."""
    parts = None
    if value.numerator is not None and value.denominator is not None:
        parts = f"{said(value.numerator)} ÷ {said(value.denominator)}"
    return {
        "department": value.series.department.name,
        "kpi": value.series.kpi.name,
        "value": said(value.value) if value.value is not None else value.get_kind_display(),
        "parts": parts,
        "number": value.number,
        "by": value.entered_by.name if value.entered_by else "",
        "at": value.entered_at,
        "source": value.get_source_display(),
        "decided_by": value.decided_by.name if value.decided_by else "",
        "decided_at": value.decided_at,
        "is_late": value.is_late,
        "is_restated": value.is_restated,
    }


def sum_rows(receipt: Receipt) -> list[dict[str, Any]]:
    """From the sum of points to the total, each step with its reckoning."""
    score, card = receipt.score, receipt.again.card
    if score.status != ScoreStatus.OK:
        return []
    rows: list[tuple[Any, str, Decimal | None]] = [(_("Sum of points"), "", card.points)]
    if card.kept_weight is not None and card.kept_weight != 100:
        how = _("%(points)s × 100 ÷ %(weight)s, the weight that counts")
        rows.append(
            (_("Out of 100"), how % {"points": shown(card.points), "weight": shown(card.kept_weight)}, card.base)
        )
    if score.coefficient != 1:
        how = _("gate shut: 1") if card.is_gate_shut else f"{shown(card.base)} × {score.coefficient.normalize():f}"
        rows.append((_("With difficulty"), how, card.after_coefficient))
    plain = [{"label": label, "how": how, "points": shown(points)} for label, how, points in rows]
    return plain + beside_rows(score, card, receipt.sources)


def proof_words(proof: ScoreProof) -> dict[str, Any]:
    """What proving the score found, in sentences."""
    text = _(
        "Worked out again from the stored figures by the rules of the scheme: every line, the total and the grade are the "
        "same to the last digit. The seals over this score, the month and the publication are unbroken."
    )
    return verdict(score_findings(proof), text)
