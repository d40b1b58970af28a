"""How figures, lights and kinds of nothing look on every page of indicators: a sign and a word, never colour alone."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.templatetags.ui import icon
from apps.kpis.choices import Absence, Direction, Status
from apps.kpis.rules.showing import change
from apps.kpis.selectors.board import Card

STATUS_TONES = {Status.GREEN: "success", Status.AMBER: "warning", Status.RED: "danger", Status.GREY: "neutral"}
STATUS_ICONS = {Status.GREEN: "check", Status.AMBER: "alert-triangle", Status.RED: "x", Status.GREY: "minus"}
ABSENCE_ICONS = {
    Absence.NOT_DUE: "clock",
    Absence.MISSING: "alert-triangle",
    Absence.NO_DATA: "ban",
    Absence.SUPPRESSED: "eye-off",
    Absence.CLOSED: "archive",
    Absence.UNEXPECTED: "minus",
    Absence.NO_RESULT: "circle-x",
}
ABSENCE_HINTS = {
    Absence.NOT_DUE: _("The time for this figure has not come yet."),
    Absence.MISSING: _("The cut-off has passed and nothing was reported."),
    Absence.NO_DATA: _("Reported: there was nothing to measure in this month."),
    Absence.SUPPRESSED: _("Reported, but withheld by whoever reported it."),
    Absence.CLOSED: _("The department was closed by the end of this month."),
    Absence.UNEXPECTED: _("Nobody was to report this figure here for this month."),
    Absence.NO_RESULT: _("Figures are there, but none can be worked out from them."),
}
GOOD_WAY = {Direction.HIGHER: "up", Direction.LOWER: "down"}


def scope_of(request: HttpRequest) -> Scope:
    """Who asks, and how far they see."""
    return request.scope  # type: ignore[attr-defined,no-any-return]


def asked_month(request: HttpRequest) -> Month | None:
    """The month of the address; None when it names none. NotFound for what is no month."""
    text = request.GET.get("month", "").replace("\x00", "").strip()
    if not text:
        return None
    try:
        return Month.parse(text)
    except ValueError as error:
        message = _("“%(value)s” is not a month. Write it as YYYY-MM.")
        raise NotFound(message % {"value": text}, field="month") from error


def absence_html(kind: str) -> SafeString:
    """A kind of nothing: its own sign and word, why on hover."""
    known = Absence(kind)
    return format_html(
        '<span class="nothing nothing-{}" title="{}">{}{}</span>',
        kind.replace("_", "-"), ABSENCE_HINTS[known], icon(ABSENCE_ICONS[known]), known.label,
    )  # fmt: skip


def nothing_html(card: Card) -> SafeString:
    """Why the card has no number. What waits for approval was reported, whatever counts so far."""
    if not is_waiting(card):
        return absence_html(card.absence)
    words = (_("Reported; it counts once somebody else approves it."), icon("hourglass"), _("Waits for approval"))
    return format_html('<span class="nothing nothing-waiting" title="{}">{}{}</span>', *words)


def is_waiting(card: Card) -> bool:
    """Whether all that is known of the month are values that wait."""
    return bool(card.facts.waiting) and card.absence in {Absence.MISSING, Absence.NOT_DUE}


def light_html(status: str) -> SafeString:
    """A traffic light: its own sign and word."""
    known = Status(status)
    return format_html(
        '<span class="tag tag-{}">{}{}</span>',
        STATUS_TONES[known],
        icon(STATUS_ICONS[known], "light-sign"),
        known.label,
    )


def change_html(value: Decimal | None, *, decimals: int, unit: str, direction: str) -> SafeString | str:
    """A change with its sign and arrow; coloured only where one way is better."""
    if value is None:
        return ""
    text = change(value, decimals=decimals, unit="" if unit != "%" else str(_("points")))
    if text.startswith("±"):
        return format_html('<span class="delta delta-flat">{}</span>', text)
    is_up = value > 0
    good = GOOD_WAY.get(Direction(direction))
    tone = "flat" if good is None else "good" if is_up == (good == "up") else "bad"
    arrow = icon("arrow-up-right" if is_up else "arrow-down-right")
    return format_html('<span class="delta delta-{}">{}{}</span>', tone, arrow, text)


def marks_of(card: Card) -> list[str]:
    """What a reader must know about the figure besides its size."""
    facts = card.facts
    found = []
    if facts.is_restated:
        found.append(str(_("restated")))
    elif facts.is_late:
        found.append(str(_("late")))
    if facts.waiting and not is_waiting(card):
        found.append(str(_("waiting for approval")))
    if card.line and 0 < facts.reported < facts.expected:
        found.append(str(_("%(count)s of %(all)s reported") % {"count": facts.reported, "all": facts.expected}))
    return found


def reverse_or_nothing(name: str, *args: Any) -> str:
    """The address of a page this installation may not have."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def target_html(card: Card) -> SafeString:
    """What was to be reached: a target of 0 is a figure; that there is none is said in words."""
    target, upper = card.target
    if target is None:
        return no_target_html() if card.line else format_html('<span class="text-faint">{}</span>', "–")
    shown = card.facts.shown(target)
    return format_html(
        '<span class="num">{}</span>', f"{shown} – {card.facts.shown(upper)}" if upper is not None else shown
    )


def no_target_html() -> SafeString:
    """Said in words, so that it is not taken for a target of 0."""
    return format_html('<span class="text-quiet">{}</span>', _("No target"))
