"""Lines of the write pages as plain values: what templates draw."""

from typing import Any

from apps.core.month import Month
from apps.kpis.choices import Status, ValueKind
from apps.kpis.forms.entering import KINDS, Line, fields_of
from apps.kpis.models import KpiTarget, KpiValue, KpiVersion
from apps.kpis.rules.due import EVERY
from apps.kpis.rules.typed import written
from apps.kpis.services.previewing import Preview, RollUp, Side

TONES = {Status.GREEN: "success", Status.AMBER: "warning", Status.RED: "danger", Status.GREY: "neutral"}
KIND_LABELS = dict(ValueKind.choices)


def drawn_line(line: Line, month: Month) -> dict[str, Any]:
    """One row of the entry grid."""
    row, fields = line.row, fields_of(line.row)
    last = row.last
    is_gap = last is not None and Month.of(last.month) != month.plus(-EVERY[row.version.frequency])
    return {
        "key": line.key,
        "name": row.version.name,
        "code": row.kpi.code,
        "unit": row.version.unit,
        "decimals": row.version.decimals,
        "owner": row.kpi.department.name if row.series is None or not row.is_expected else "",
        "needs_approval": row.kpi.needs_approval,
        "is_ratio": row.is_ratio,
        "is_weighted": row.is_weighted,
        "scale": written(row.version.scale),
        "last": None if last is None else said_value(last, row.version),
        "last_month": last.month if last is not None and is_gap else None,
        "target": None if row.target is None else said_target(row.target, row.version),
        "typed": line.typed,
        "base": line.base or "",
        "kinds": [(kind.value, kind.label) for kind in KINDS],
        "fields": fields,
        "problems": list(line.problems.values()),
        "wrong": set(line.problems),
        "doubts": line.doubts,
        "mark": line.mark,
        "is_checked": line.is_checked,
        "is_typed": line.entry is not None or bool(line.problems),
        "stored": stored(line),
        "waiting": row.waiting,
        "waiting_words": None if row.waiting is None else said_value(row.waiting, row.version),
        "declined": row.declined,
        "declined_words": None if row.declined is None else said_value(row.declined, row.version),
    }


def stored(line: Line) -> dict[str, Any] | None:
    """What is stored, for a row that says something else now; and who entered it."""
    latest = line.row.latest
    if latest is None or (line.entry is None and not line.problems):
        return None
    return {"words": said_value(latest, line.row.version), "by": latest.entered_by, "at": latest.entered_at}


def said_value(value: KpiValue, version: KpiVersion) -> dict[str, Any]:
    """A stored value: its number and places, or which kind of nothing."""
    return {"number": value.value, "places": version.decimals, "nothing": value.get_kind_display()}


def said_target(target: KpiTarget, version: KpiVersion) -> dict[str, Any]:
    """A target, with its upper end for a range."""
    return {"number": target.target, "upper": target.upper, "places": version.decimals}


def drawn_preview(preview: Preview) -> dict[str, Any]:
    """What an entry would change."""
    return {
        "roll_ups": [drawn_roll_up(row) for row in preview.roll_ups],
        "hidden_count": preview.hidden_count,
        "to_date_count": preview.to_date_count,
        "waiting_count": preview.waiting_count,
    }


def drawn_roll_up(row: RollUp) -> dict[str, Any]:
    """One month that would change, before and after."""
    definition = row.kpi.definition
    return {
        "name": row.kpi.name,
        "unit": definition.unit if definition else "",
        "places": definition.decimals if definition else 2,
        "department": row.department,
        "month": row.month,
        "before": drawn_side(row.before),
        "after": drawn_side(row.after),
        "is_formula": bool(definition and definition.formula),
    }


def drawn_side(side: Side) -> dict[str, Any]:
    """One side of a change."""
    return {
        "number": side.value,
        "nothing": KIND_LABELS.get(side.kind, "") if side.kind != ValueKind.NUMBER else "",
        "is_there": bool(side.kind),
        "status": Status(side.status).label if side.status else "",
        "tone": TONES[Status(side.status)] if side.status else "",
    }
