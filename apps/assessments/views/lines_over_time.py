"""The lines of a department over time: months by indicators, and the same as a file."""

from collections.abc import Iterator
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from apps.assessments.choices import Presence
from apps.assessments.models import Indicator, Score, ScoreLine
from apps.assessments.selectors.line_histories import LinesOverTime
from apps.assessments.views.beside import reported_words
from apps.assessments.views.figures import in_unit
from apps.assessments.views.sentences import absence, quotient
from apps.assessments.views.telling import score_url, shown
from apps.core.errors import NotFound
from apps.core.exports import FORMATS, export_response
from apps.kpis.models import KpiVersion


def line_table(found: LinesOverTime) -> dict[str, Any] | None:
    """Headings and rows, the newest month first; None where nothing was published."""
    if not found.history:
        return None
    return {
        "indicators": [{"code": one.code, "name": one.name} for one in found.indicators],
        "rows": [
            {
                "month": score.run.month,
                "url": score_url(score),
                "cells": [line_cell(found, score, one) for one in found.indicators],
            }
            for score in reversed(found.history)
        ],
        "formats": list(FORMATS),
    }


def line_cell(found: LinesOverTime, score: Score, indicator: Indicator) -> dict[str, Any]:
    """One indicator in one month; words where there was nothing to score."""
    line = found.line_in(score, indicator.code)
    if line is None:
        return {"name": indicator.name, "words": _("not in the rules"), "url": ""}
    definition = found.definition_in(score, line)
    return {
        "name": indicator.name,
        "url": f"{score_url(score)}#line-{line.indicator_id}",
        "has_points": line.points is not None,
        "points": shown(line.points),
        "weight": f"{line.weight.normalize():f}",
        "value": value_text(line, definition),
        "target": in_unit(line.target, definition),
        "words": reported_words(line) or absence(line),
    }


def value_text(line: ScoreLine, definition: KpiVersion | None) -> str:
    """The figure in its unit; empty where none was reported."""
    if line.presence != Presence.NUMBER:
        return ""
    return in_unit(line.value, definition, is_rounded=bool(quotient(line)))


def exported_lines(found: LinesOverTime, department_code: str, wanted: str) -> HttpResponseBase:
    """The lines as a file, one row each."""
    if wanted not in FORMATS:
        raise NotFound(_("Lists can be exported as %(formats)s.") % {"formats": ", ".join(FORMATS)})
    columns = [
        ("month", _("Month")),
        ("version", _("Version")),
        ("code", _("Code")),
        ("indicator", _("Indicator")),
        ("weight", _("Weight")),
        ("points", _("Points")),
        ("value", _("Value")),
        ("target", _("Target")),
        ("unit", _("Unit")),
        ("status", _("State")),
        ("words", _("What was reported")),
    ]
    name = f"lines-{department_code}".lower()
    return export_response(wanted, name=name, columns=columns, rows=file_rows(found))


def file_rows(found: LinesOverTime) -> Iterator[list[Any]]:
    """The newest month first, in it the order of the table."""
    for score in reversed(found.history):
        for indicator in found.indicators:
            line = found.line_in(score, indicator.code)
            if line is not None:
                yield file_row(found, score, line)


def file_row(found: LinesOverTime, score: Score, line: ScoreLine) -> list[Any]:
    """One line: figures as they are kept, nothing where there was none, and words for why."""
    definition = found.definition_in(score, line)
    return [
        score.run.month,
        score.run.version,
        line.indicator.code,
        line.indicator.name,
        line.weight,
        line.points,
        line.value if line.presence == Presence.NUMBER else None,
        line.target,
        definition.unit if definition else "",
        line.get_status_display(),
        reported_words(line) or absence(line),
    ]
