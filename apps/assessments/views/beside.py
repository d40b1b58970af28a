"""What stands beside the hundred points of a score, as rows of its receipt: bonuses, deductions, calibration, vetoes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.choices import AdjustmentKind, Method, Presence, VetoAction
from apps.assessments.models import Score, ScoreLine
from apps.assessments.rules.scorecard import Scorecard
from apps.assessments.selectors.parts import parts_with_value
from apps.assessments.selectors.receipts import BesideSource
from apps.assessments.views.telling import shown
from apps.core.month import Month

Sources = Mapping[tuple[str, int], BesideSource]
MOST_EVIDENCE = 300
"""Signs of the evidence that a receipt shows; the register has all of them."""
SIGNS = {"bonus": 1, "penalty": -1, "calibration": 1}


def beside_rows(score: Score, card: Scorecard, sources: Sources) -> list[dict[str, Any]]:
    """From the points after difficulty to the total, in the order of the rules. CARD: the score worked out again."""
    rows = [
        *counted_rows(score, "bonus", score.bonus, sources),
        *counted_rows(score, "penalty", score.deduction, sources),
    ]
    rows += [
        row(extra, _("Calibrated"), extra["points"]) | source_words(extra, score, sources)
        for extra in score.extras
        if extra["kind"] == "calibration"
    ]
    reached = (card.after_coefficient or Decimal(0)) + score.bonus - score.deduction + score.calibration
    held = card.before_vetoes
    if held is not None and held != reached:
        scheme = score.run.scheme
        limits = {"low": shown(scheme.min_total), "high": shown(scheme.max_total)}
        rows.append(
            {
                "label": _("Held between the limits"),
                "how": _("lowest %(low)s, highest %(high)s") % limits,
                "points": shown(held),
            }
        )
    return rows + [
        veto_row(extra, score) | source_words(extra, score, sources)
        for extra in score.extras
        if extra["kind"] == "veto"
    ]


def source_words(extra: dict[str, Any], score: Score, sources: Sources) -> dict[str, str]:
    """Who told of it and who confirmed it, on what evidence, and the way to its page; nothing where it is not known."""
    kind, key = extra["kind"], int(extra.get("id") or 0)
    source = sources.get((kind, key))
    if source is None:
        return {}
    if kind == "calibration":
        url = reverse("assessments:calibrated", args=[Month.of(score.run.month)])
        words = _("by %(name)s") % {"name": source.told_by.name}
    else:
        url = reverse("assessments:adjustment", args=[key])
        names = {"told": source.told_by.name, "confirmed": source.confirmed_by.name if source.confirmed_by else ""}
        words = _("proposed by %(told)s, confirmed by %(confirmed)s") % names
    note = f"{words}: {Truncator(source.evidence).chars(MOST_EVIDENCE)}" if source.evidence else words
    return {"note": note, "url": url if source.may_open else ""}


def exemption_words(score: Score, line: ScoreLine, sources: Sources) -> dict[str, str] | None:
    """Why a line of the score does not apply, by whose word, and the way to its page; None of a line that does."""
    kept = (extra for extra in score.extras if extra["kind"] == AdjustmentKind.EXEMPTION)
    extra = next((one for one in kept if one["code"] == line.indicator.code), None)
    if extra is None:
        return None
    names = {"told": extra.get("proposed_by", ""), "confirmed": extra.get("confirmed_by", "")}
    known = {"note": _("proposed by %(told)s, confirmed by %(confirmed)s") % names, "url": ""}
    return {"reason": extra["name"], **known, **source_words(extra, score, sources)}


def counted_rows(score: Score, kind: str, counts: Decimal, sources: Sources) -> list[dict[str, Any]]:
    """Every bonus or deduction, and what of them counts where a cap holds."""
    found = [extra for extra in score.extras if extra["kind"] == kind]
    rows = [
        row(extra, AdjustmentKind(kind).label, signed(extra["points"], SIGNS[kind]))
        | source_words(extra, score, sources)
        for extra in found
    ]
    together = sum((Decimal(extra["points"]) for extra in found), Decimal(0))
    if found and together != counts:
        words = _("Of these count at most") if kind == "bonus" else _("Of these are taken off at most")
        rows.append({"label": words, "how": "", "points": shown(counts * SIGNS[kind])})
    return rows


def signed(text: str, sign: int) -> str:
    """Points with their sign, as text."""
    return str(Decimal(text) * sign)


def row(extra: dict[str, Any], label: Any, points: str) -> dict[str, Any]:
    """One line: what it is, why, and what it moves."""
    return {"label": label, "how": extra["name"], "points": shown(Decimal(points))}


def action_words(extra: Mapping[str, Any]) -> str:
    """What a veto does."""
    words = {
        VetoAction.ZERO: _("takes every point"),
        VetoAction.CAP: _("leaves %(most)s points at most") % {"most": extra.get("value")},
        VetoAction.GRADE_CAP: _("leaves grade %(grade)s at best") % {"grade": extra.get("grade")},
    }
    return words[VetoAction(extra["action"])]


def veto_row(extra: dict[str, Any], score: Score) -> dict[str, Any]:
    """A veto with what it did."""
    how = f"{extra['name']}: {action_words(extra)}"
    if extra.get("from"):
        how = _("%(how)s (a veto of the whole line, from %(department)s)") % {"how": how, "department": extra["from"]}
    label = _("Planned loss") if "indicator" in extra else AdjustmentKind.VETO.label
    return {"label": label, "how": how, "points": shown(score.total)}


def reported_words(line: ScoreLine) -> str:
    """What was reported for an indicator without a KPI of its own, in a word or two; empty where it has one."""
    told = line.reported
    if told is None or line.presence != Presence.REPORTED:
        return ""
    if line.indicator.method == Method.MILESTONE:
        count = len(told.get("items", ()))
        return ngettext("%(n)s milestone", "%(n)s milestones", count) % {"n": count}
    if line.indicator.method == Method.DEDUCTION:
        events = sum((Decimal(str(count or 0)) for count in told.values()), Decimal(0))
        return ngettext("%(n)s event", "%(n)s events", int(events)) % {"n": shown(events).removesuffix(".00")}
    if line.indicator.method == Method.DESCRIPTIVE:
        return ngettext("%(n)s rating", "%(n)s ratings", len(told)) % {"n": len(told)}
    count = len(parts_with_value(line.indicator, told))
    return ngettext("%(n)s part", "%(n)s parts", count) % {"n": count}
