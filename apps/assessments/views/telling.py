"""How states, grades and kinds of nothing look on every page of assessments: a sign and a word, never colour alone."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.assessments.choices import LineStatus, RunState, ScoreStatus
from apps.assessments.models import Score, ScoreRun
from apps.core.errors import NotFound
from apps.core.http.cells import Badge
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.templatetags.ui import delta

RUN_TONES = {
    RunState.CALCULATED: "info",
    RunState.UNDER_REVIEW: "warning",
    RunState.APPROVED: "info",
    RunState.PUBLISHED: "success",
    RunState.SUPERSEDED: "neutral",
}
SCORE_TONES = {
    ScoreStatus.OK: "success",
    ScoreStatus.PENDING: "warning",
    ScoreStatus.INSUFFICIENT_DATA: "neutral",
    ScoreStatus.INVALID_CONFIG: "danger",
}
LINE_TONES = {
    LineStatus.SCORED: "success",
    LineStatus.MISSING_ZERO: "danger",
    LineStatus.CARRIED: "warning",
    LineStatus.EXCLUDED: "neutral",
    LineStatus.PENDING: "warning",
    LineStatus.INVALID_CONFIG: "danger",
}


def scope_of(request: HttpRequest) -> Scope:
    """Who asks, and how far they see."""
    return request.scope  # type: ignore[attr-defined,no-any-return]


def asked_version(request: HttpRequest) -> int | None:
    """The version the address names; None when it names none. NotFound for what is no number."""
    text = request.GET.get("version", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise NotFound(
            _("“%(value)s” is not a version. Versions are whole numbers.") % {"value": text}, field="version"
        )
    return int(text)


def month_name(month: Month) -> str:
    """The month as a heading: May 2026."""
    return date_format(month.first_day, "F Y")


def run_badge(run: ScoreRun) -> Badge:
    """Where a run stands."""
    return Badge(run.get_state_display(), RUN_TONES[RunState(run.state)])


def status_badge(score: Score) -> Badge:
    """Whether a department has a score."""
    return Badge(score.get_status_display(), SCORE_TONES[ScoreStatus(score.status)])


def total_html(score: Score) -> SafeString:
    """The score, or in words why there is none."""
    if score.total is None:
        return format_html('<span class="text-quiet">{}</span>', score.get_status_display())
    return format_html('<span class="num score-figure">{}</span>', shown(score.total))


def grade_html(grade: str) -> SafeString | None:
    """A grade as a small shield."""
    return format_html('<span class="grade">{}</span>', grade) if grade else None


def change_html(change: Decimal | None) -> SafeString | str:
    """The movement of a total."""
    return delta(change, 2) if change is not None else ""


def shown(number: Decimal | None, places: int = 2) -> str:
    """A number with its places, grouped, a true minus."""
    return "–" if number is None else f"{number:,.{places}f}".replace("-", "\u2212")


def percent_text(number: Decimal) -> str:
    """A share as people write it: 60 %, 62.5 %."""
    return f"{number.normalize():f}\u00a0%"


def score_url(score: Score, version: int | None = None) -> str:
    """The page of a score; of that VERSION where one is named."""
    address = score_url_of(Month.of(score.run.month), score.department_id)
    return f"{address}?version={version}" if version is not None else address


def score_url_of(month: Month, department: int) -> str:
    """The page of a department's score of a month."""
    return reverse("assessments:score", args=[month, department])


def url_or_nothing(name: str, *args: Any) -> str:
    """The address of a page this installation may not have."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def why_no_score(score: Score, kept_weight: Decimal | None) -> str:
    """Why a department has no score, in a sentence; empty where it has one."""
    if score.status == ScoreStatus.INSUFFICIENT_DATA:
        return _("Not assessed: %(kept)s of the weight could be assessed, %(needed)s is needed.") % {
            "kept": percent_text(kept_weight or Decimal(0)),
            "needed": percent_text(score.run.scheme.min_coverage),
        }
    if score.status == ScoreStatus.PENDING:
        return _("No score yet: values are still awaited. The lines below say which.")
    if score.status == ScoreStatus.INVALID_CONFIG:
        return _("No score: a rule of the scheme does not fit the figures. The lines below say which.")
    return ""


def verdict(faults: Sequence[str], proved: str) -> dict[str, str]:
    """What a proof came to: the FAULTS it found, as sentences, or what it PROVED."""
    if faults:
        return {"tone": "danger", "title": _("This score does not stand as it was made."), "text": " ".join(faults)}
    return {"tone": "success", "title": _("Proved."), "text": proved}
