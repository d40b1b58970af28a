"""Tabs of an indicator that list records: values in all their versions, definitions, targets."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.http.listing import Badge, Column, Filter, ListSpec
from apps.core.month import Month
from apps.kpis.choices import ValueKind, ValueState
from apps.kpis.models import Kpi, KpiTarget, KpiVersion
from apps.kpis.rules.showing import figure
from apps.kpis.views.words import absence_html, reverse_or_nothing

STATE_TONES = {
    ValueState.CURRENT: "success",
    ValueState.WAITING: "warning",
    ValueState.SUPERSEDED: "neutral",
    ValueState.DECLINED: "danger",
}
IN_FORCE = "in_force"


def plain_figure(value: Any) -> str:
    """A number as it was entered: every digit, none made up."""
    if value is None:
        return ""
    text = f"{value.normalize():,f}"
    return text.replace("-", "\u2212")


def entered_cell(row: Any) -> SafeString:
    """What was entered: a number, or which kind of nothing; numerator and denominator below."""
    if row.kind == ValueKind.NUMBER:
        body: Any = format_html('<span class="num">{}</span>', plain_figure(row.value))
    elif row.kind == ValueKind.WITHDRAWN:
        body = format_html('<span class="text-quiet">{}</span>', row.get_kind_display())
    else:
        body = absence_html(row.kind)
    note = ""
    if row.denominator is not None:
        top = plain_figure(row.numerator) or "…"
        note = format_html('<span class="cell-note num">{} / {}</span>', top, plain_figure(row.denominator))
    return format_html("<span>{}{}</span>", body, note)


def flags_of(row: Any) -> str:
    """Late or restated, in a word."""
    return str(_("restated") if row.is_restated else _("late") if row.is_late else "")


def who_entered(row: Any) -> str:
    """Who or what entered it."""
    return row.entered_by.name if row.entered_by else str(row.get_source_display())


def in_state(rows: Any, value: str) -> Any:
    """Values in a state; IN_FORCE: what counts now or is to."""
    states = (ValueState.CURRENT, ValueState.WAITING) if value == IN_FORCE else (value,)
    return rows.filter(state__in=states)


VALUES = ListSpec(
    name="kpi-values",
    title=gettext_lazy("Values"),
    columns=(
        Column("month", gettext_lazy("Month"), kind="month", order_by="month"),
        Column("department", gettext_lazy("Department"), value="series.department.name", note="series.department.code"),
        Column("shown", gettext_lazy("As entered"), value=entered_cell, kind="number", is_page_only=True),
        Column("kind", gettext_lazy("Kind"), value=lambda row: row.get_kind_display(), is_export_only=True),
        Column("value", gettext_lazy("Value"), is_export_only=True),
        Column("numerator", gettext_lazy("Numerator"), is_export_only=True),
        Column("denominator", gettext_lazy("Denominator"), is_export_only=True),
        Column(
            "state",
            gettext_lazy("State"),
            kind="badge",
            value=lambda row: Badge(row.get_state_display(), STATE_TONES[ValueState(row.state)]),
            note=flags_of,
        ),
        Column("number", gettext_lazy("Version"), kind="number"),
        Column("is_late", gettext_lazy("Late"), is_export_only=True),
        Column("is_restated", gettext_lazy("Restated"), is_export_only=True),
        Column("entered_by", gettext_lazy("Entered by"), value=who_entered, note=lambda row: row.get_source_display()),
        Column("entered_at", gettext_lazy("Entered"), kind="moment", order_by="entered_at"),
        Column("note", gettext_lazy("Why it moved")),
    ),
    filters=(
        Filter(
            "state",
            gettext_lazy("State"),
            choices=((IN_FORCE, gettext_lazy("In force and waiting")), *ValueState.choices),
            apply=in_state,
        ),
        Filter(
            "of",
            gettext_lazy("Month"),
            kind="month",
            apply=lambda rows, value: rows.filter(month=Month.parse(value).first_day),
        ),
    ),
    search=("series__department__name__icontains", "note__icontains"),
    search_hint=gettext_lazy("Department or note"),
    keep=("tab", "department", "month", "tree"),
    default_order=("-month", "series__department__name", "-number"),
    empty_title=gettext_lazy("Nothing was reported yet"),
    empty_text=gettext_lazy("Values stand here with all their versions once somebody enters, sends or imports them."),
    empty_icon="database",
)


def days_of(valid: Any, today: date) -> dict[str, Any]:
    """A range of days: first, last (None: open), and whether today lies in it."""
    last = valid.upper - timedelta(days=1) if valid.upper else None
    return {
        "first": None if valid.lower.year <= 1900 else valid.lower,
        "last": last,
        "is_now": today in valid,
        "is_ahead": valid.lower > today,
    }


def definition_lines(versions: Sequence[KpiVersion], today: date) -> list[dict[str, Any]]:
    """Definitions, newest first; each with what its formula reads."""
    return [
        {
            "version": version,
            **days_of(version.valid, today),
            "minimum": plain_figure(version.minimum),
            "maximum": plain_figure(version.maximum),
            "scale": plain_figure(version.scale),
            "amber": plain_figure(version.amber_pct),
            "inputs": [{"word": one.word, "kpi": one.kpi} for one in version.inputs.all()],
        }
        for version in reversed(versions)
    ]


def target_lines(kpi: Kpi, targets: Sequence[KpiTarget], today: date) -> list[dict[str, Any]]:
    """Targets, newest first."""
    definition = kpi.definition
    assert definition is not None

    def shown(value: Any) -> str:
        return figure(value, decimals=definition.decimals, unit=definition.unit)

    return [
        {
            "row": target,
            **days_of(target.valid, today),
            "target": shown(target.target),
            "floor": shown(target.floor),
            "stretch": shown(target.stretch),
            "upper": shown(target.upper),
            "remove_url": reverse_or_nothing("kpis:remove_target", target.pk),
        }
        for target in targets
    ]
