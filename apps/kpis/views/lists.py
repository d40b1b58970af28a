"""The list of indicators: where each stands in a month, on one line."""

from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.core import clock
from apps.core.http.listing import Badge, Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.templatetags.ui import sparkline
from apps.departments.selectors import visible_departments
from apps.kpis import selectors
from apps.kpis.choices import Absence, Direction, Status
from apps.kpis.selectors.board import OFF, Card
from apps.kpis.selectors.months import Calendar
from apps.kpis.views.words import (
    asked_month,
    change_html,
    is_waiting,
    light_html,
    marks_of,
    nothing_html,
    reverse_or_nothing,
    scope_of,
    target_html,
)

OFF_CHOICE = "off"
STATUS_CHOICES = ((OFF_CHOICE, _("Red or amber")), *Status.choices)
STATUS_WORDS = {OFF_CHOICE: OFF}


def card(row: Any) -> Card:
    """The figures of a row."""
    return row.card  # type: ignore[no-any-return]


def page_of_row(row: Any) -> str:
    """The page of the indicator, in the same month and department."""
    return f"{reverse('kpis:detail', args=[row.pk])}?month={card(row).month}&department={row.place_id}"


def name_note(row: Any) -> str:
    """Code and family."""
    return " · ".join(filter(None, (row.code, row.family)))


def owner_name(row: Any) -> str | None:
    """The person who answers for it."""
    return row.owner.name if row.owner else None


def value_cell(row: Any) -> SafeString:
    """The figure, or its kind of nothing with the latest figure below; what one must know about it."""
    one = card(row)
    if one.absence:
        body = nothing_html(one)
        notes = [latest_text(one)] if one.latest else []
        notes += marks_of(one)
    else:
        assert one.line is not None
        body = format_html('<span class="num kpi-figure">{}</span>', one.facts.shown(one.line.value))
        notes = marks_of(one)
    note = format_html('<span class="cell-note">{}</span>', " · ".join(notes)) if notes else ""
    return format_html("<span>{}{}</span>", body, note)


def latest_text(one: Card) -> str:
    """The latest figure before the month: "Sep 2026: 93.1 %"."""
    assert one.latest is not None
    month, line = one.latest
    return f"{date_format(month.first_day, 'M Y')}: {one.facts.shown(line.value)}"


def status_cell(row: Any) -> SafeString | None:
    """The light, and since when it is off."""
    one = card(row)
    if one.line is None or one.absence:
        return None
    note = ""
    if one.since is not None:
        words = gettext_now("since %(month)s") % {"month": date_format(one.since.first_day, "M Y")}
        note = format_html('<span class="cell-note">{}</span>', words)
    return format_html("<span>{}{}</span>", light_html(one.status), note)


def change_cell(row: Any) -> Any:
    """Against the month before (quarter, year for those)."""
    facts = card(row).facts
    return change_html(card(row).change, decimals=facts.decimals, unit=facts.unit, direction=facts.direction)


def spark_cell(row: Any) -> Any:
    """Thirteen months as a small line."""
    return sparkline(card(row).values, _("%(name)s over thirteen months") % {"name": row.name})


def number_of(row: Any, name: str) -> Any:
    """A figure of the row for a file: exact, or nothing."""
    return getattr(card(row).line, name, None)


def status_word(row: Any) -> Any:
    """The light in a file; empty where nothing was judged."""
    return Badge(Status(card(row).status).label) if card(row).line else None


def absence_word(row: Any) -> Any:
    """The kind of nothing in a file: "Not reported" is not 0, and what waits was reported."""
    if is_waiting(card(row)):
        return _("Waits for approval")
    return Absence(card(row).absence).label if card(row).absence else None


COLUMNS = (
    Column("name", _("KPI"), order_by="name", url=page_of_row, note=name_note),
    Column("code", _("Code"), order_by="code", is_export_only=True),
    Column("department", _("Department"), value=lambda row: card(row).facts.place_name, note=owner_name),
    Column("month", _("Month"), value=lambda row: card(row).month, is_export_only=True),
    Column("shown", _("Value"), value=value_cell, kind="number", is_page_only=True),
    Column("value", _("Value"), value=lambda row: number_of(row, "value"), is_export_only=True),
    Column("absence", _("No value because"), value=absence_word, is_export_only=True),
    Column("unit", _("Unit"), value=lambda row: card(row).facts.unit, is_export_only=True),
    Column("aim", _("Target"), value=lambda row: target_html(card(row)), kind="number", is_page_only=True),
    Column("target", _("Target"), value=lambda row: card(row).target[0], is_export_only=True),
    Column("upper", _("Upper end"), value=lambda row: card(row).target[1], is_export_only=True),
    Column("status", _("Status"), value=status_cell, is_page_only=True),
    Column("light", _("Status"), value=status_word, is_export_only=True),
    Column("since", _("Off target since"), value=lambda row: card(row).since, is_export_only=True),
    Column("change", _("Change"), value=change_cell, kind="number", is_page_only=True),
    Column("difference", _("Change"), value=lambda row: card(row).change, is_export_only=True),
    Column("ytd", _("Year to date"), value=lambda row: number_of(row, "ytd"), is_export_only=True),
    Column("reported", _("Departments that reported"), value=lambda row: card(row).facts.reported, is_export_only=True),
    Column("expected", _("Departments expected"), value=lambda row: card(row).facts.expected, is_export_only=True),
    Column("is_late", _("Late"), value=lambda row: card(row).facts.is_late, is_export_only=True),
    Column("is_restated", _("Restated"), value=lambda row: card(row).facts.is_restated, is_export_only=True),
    Column("trend", _("13 months"), value=spark_cell, is_page_only=True),
)  # fmt: skip

BOARD = ListSpec(
    name="kpis",
    title=_("KPIs"),
    columns=COLUMNS,
    search=selectors.search_kpis,
    search_hint=_("Name, code, family or tag"),
    default_order="name",
    empty_title=_("No KPIs yet"),
    empty_text=_("Define what is measured; then targets can be set and values collected."),
    empty_icon="target",
)


def department_choices(request: HttpRequest) -> list[tuple[int, str]]:
    """The departments the person may ask for."""
    return list(visible_departments(scope_of(request)).order_by("name", "pk").values_list("pk", "name"))


def board_filters(month: Month, calendar: Calendar, words: dict[str, list[str]]) -> tuple[Filter, ...]:
    """What the list may be narrowed by, in the month that is looked at."""
    return (
        Filter("month", _("Month"), kind="month", default=str(calendar.closed)),
        Filter("department", _("Department"), choices=department_choices),
        Filter("family", _("Family"), choices=plain(words["family"]), apply=lambda rows, value: rows.filter(family=value)),
        Filter(
            "status",
            _("Status"),
            choices=STATUS_CHOICES,
            apply=lambda rows, value: selectors.with_status(rows, STATUS_WORDS.get(value, (value,)), month),
        ),
        Filter(
            "direction",
            _("Direction"),
            choices=Direction.choices,
            apply=lambda rows, value: rows.filter(definition__direction=value),
        ),
        Filter("tag", _("Tag"), choices=plain(words["tag"]), apply=lambda rows, value: rows.filter(tags__contains=[value])),
        Filter(
            "missing", _("Reports missing"), kind="flag", apply=lambda rows, value: selectors.with_missing(rows, month)
        ),
    )  # fmt: skip


def plain(words: list[str]) -> list[tuple[str, str]]:
    """Words as choices."""
    return [(word, word) for word in words]


def asked_root(request: HttpRequest, known: set[str]) -> int | None:
    """The department the list is cut to; what is not on offer is refused by the list itself."""
    text = request.GET.get("department", "").strip()
    return int(text) if text in known else None


@require_GET
@allow("kpis.view")
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Every indicator the person may see, as it stands in the month: filtered, sorted, exported."""
    scope, asked = scope_of(request), asked_month(request)
    calendar = selectors.calendar_on(clock.now(), [asked] if asked else [])
    month = asked or calendar.closed
    departments = department_choices(request)
    filters = board_filters(month, calendar, selectors.words_of(scope))
    spec = replace(
        BOARD,
        subtitle=gettext_now("Where each of them stood in %(month)s.") % {"month": date_format(month.first_day, "F Y")},
        filters=tuple(replace(one, choices=departments) if one.key == "department" else one for one in filters),
        prepare=partial(selectors.give_cards, month=month, calendar=calendar),
    )
    root = asked_root(request, {str(pk) for pk, _name in departments})
    context = {
        "may_manage": scope.may("kpis.manage"),
        "new_url": reverse_or_nothing("kpis:new"),
        "entry_url": reverse_or_nothing("kpis:entry") if scope.may("kpis.record") else "",
    }
    rows = selectors.board_kpis(scope, root)
    return list_response(request, spec=spec, queryset=rows, template="kpis/list.html", context=context)
