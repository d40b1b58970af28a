"""Made-up figures for the gallery of components: nothing here comes from the database."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.charts import Series
from apps.core.http.listing import Badge, Column, Filter, ListSpec
from apps.core.month import Month


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One row of the sample list."""

    name: str
    number: str
    department: str
    state: Badge
    since: date | None
    share: int


NAMES = (
    ("Amara Okafor", "Warehouse North", "success"),
    ("Benedikt Lindqvist", "Store operations", "success"),
    ("Chiara Montefiore", "Brand and media", "warning"),
    ("Dmitri Halloran", "Procurement", "success"),
    ("Esther van der Meulen", "Customer service", "danger"),
    ("Farid Benhaddou", "Warehouse North", "neutral"),
    ("Grace Whitcombe", "Finance", "success"),
)
STATES = {"success": _("On time"), "warning": _("Due soon"), "danger": _("Overdue"), "neutral": _("Draft")}
TONES = ("neutral", "info", "success", "warning", "danger")

LIST = ListSpec(
    name="gallery",
    title=_("A list"),
    columns=(
        Column("name", _("Name"), kind="user", order_by="name", url=lambda row: "#list", note="number"),
        Column("department", _("Department"), order_by="department"),
        Column("state", _("State"), kind="badge"),
        Column("share", _("Share, %"), kind="number", order_by="share"),
        Column("since", _("Since"), kind="date", order_by="since"),
    ),
    filters=(
        Filter(
            "state",
            _("State"),
            choices=list(STATES.items()),
            apply=lambda rows, value: [row for row in rows if row.state.tone == value],
        ),
    ),
    search=lambda rows, text: [row for row in rows if text.casefold() in row.name.casefold()],
    page_size=5,
    search_hint=_("Search names"),
)


def sample_rows() -> list[SampleRow]:
    """People who do not exist."""
    return [
        SampleRow(
            name=name,
            number=f"E-{1041 + place * 17}",
            department=department,
            state=Badge(STATES[tone], tone),
            since=None if place == 5 else date(2023, 1 + place, 3 + place * 3),
            share=100 - place * 10,
        )
        for place, (name, department, tone) in enumerate(NAMES)
    ]


def samples() -> dict[str, Any]:
    """Everything the gallery page draws besides the list."""
    months = [Month(2025, 12).plus(step) for step in range(12)]
    names = [f"{month.first_day:%b %y}" for month in months]
    return {
        "tones": TONES,
        "spark": (92, 95, 94, 97, 99, 98, 103, 104, 108, 107, 111, 114),
        "labels": names,
        "lines": [
            Series(_("Heads"), (112, 114, 115, 113, 117, 121, 120, 124, 126, None, None, None), "area"),
            Series(_("Plan"), (114, 115, 116, 118, 119, 120, 122, 124, 126, 127, 128, 130), "target", tone=5),
        ],
        "bars": [
            Series(_("Joined"), (4, 3, 2, 1, 5, 6, 2, 5, 4, 3, 2, 1)),
            Series(_("Left"), (2, 1, 1, 3, 1, 2, 3, 1, 2, 2, 1, 3), tone=2),
        ],
        "stacks": [
            Series(_("Permanent"), (70, 71, 72, 72, 74, 75, 75, 77, 78, 79, 79, 80)),
            Series(_("Fixed term"), (20, 21, 19, 22, 22, 23, 21, 22, 24, 24, 23, 22), tone=3),
            Series(_("Agency"), (8, 9, 8, 6, 7, 9, 10, 11, 10, 9, 9, 8), tone=6),
        ],
        "ranked": [
            {"label": _("Store operations"), "value": 46, "mark": 48, "url": "#charts", "note": _("of 48")},
            {"label": _("Warehouse North"), "value": 31, "mark": 29, "url": "#charts", "note": _("of 29")},
            {"label": _("Customer service"), "value": 17, "mark": 20, "note": _("of 20")},
        ],
        "facts": [
            (_("Staff number"), "E-1041"),
            (_("Department"), _("Warehouse North")),
            (_("Reports to"), None),
            (_("First day"), "3 Jan 2023"),
        ],
        "crumb_trail": [(_("Departments"), "#"), (_("Operations"), "#"), (_("Warehouse North"), "")],
        "sections": [
            {"label": _("Overview"), "url": "#", "is_current": True},
            {"label": _("People"), "url": "#", "is_current": False, "count": 31},
            {"label": _("History"), "url": "#", "is_current": False},
        ],
    }
