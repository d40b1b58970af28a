"""Rewards over months: month by month with the running total of the year, by department, or by person."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.selectors.rewards import sees_rewards, visible_rewards
from apps.assessments.selectors.rewards_over_time import (
    KEYS,
    MonthSpan,
    reward_departments,
    reward_months,
    rewards_by,
    total_of,
)
from apps.assessments.selectors.stretches import FIRST_YEAR, LAST_YEAR
from apps.assessments.views.rewards import REWARDS, SPOT
from apps.assessments.views.telling import month_name, scope_of, shown
from apps.core import clock
from apps.core.http.listing import Chosen, Column, Filter, ListSpec, list_response
from apps.core.month import Month

MONTHS = "months"
KINDS = ((MONTHS, _("Months")), ("departments", _("Departments")), ("people", _("People")))
SUMS = (
    Column("count", _("Rewards"), order_by="count", kind="number"),
    Column("waiting", _("Waiting"), order_by="waiting", kind="number"),
    Column("given", _("Approved"), order_by="given", kind="number"),
    Column("taken", _("Set off"), order_by="taken", kind="number"),
    Column("paid", _("To be paid"), order_by="paid", kind="number"),
    Column("refused", _("Refused"), order_by="refused", kind="number"),
)


def known_month(text: str) -> Month:
    """A month as written. ValueError for what is none, and for one of which no fiscal year can be told."""
    month = Month.parse(text)
    if not FIRST_YEAR <= month.year <= LAST_YEAR:
        raise ValueError(text)
    return month


def asked_month(text: str) -> Month | None:
    """The month asked for; None where there is none. What cannot be read is refused by the filter itself."""
    try:
        return known_month(text.strip()) if text else None
    except ValueError:
        return None


def read_month(rows: Any, value: str) -> Any:
    """ROWS as they are: the span is read before they are summed. ValueError for what is no month."""
    known_month(value)
    return rows


def span_of(values: Any) -> MonthSpan:
    """The months asked for; without a word the fiscal year of the last one, up to this month."""
    last = asked_month(values.get("to", "")) or Month.of(clock.today())
    return MonthSpan.up_to(last, first=asked_month(values.get("from", "")))


def narrowed(rows: Any, values: Any, text: str) -> Any:
    """Rewards of one department, and of what is searched for, before they are summed."""
    if values.get("department"):
        rows = rows.filter(department=int(values["department"]))
    for word in text.split():
        rows = rows.filter(
            Q(person__name__icontains=word) | Q(person__number__istartswith=word) | Q(department__name__icontains=word)
        )
    return rows


def narrower(kind: str, span: MonthSpan) -> Callable[[Any], str]:
    """Where a row of departments or people leads: their months."""

    def url(row: Any) -> str:
        one = {"department": row["key"]} if kind == "departments" else {"q": f"{row['name']} {row['short']}"}
        asked = {"by": MONTHS, "from": span.first, "to": span.last, **one}
        return f"{reverse('assessments:rewards_over_time')}?{urlencode(asked)}"

    return url


def columns_of(kind: str, span: MonthSpan) -> tuple[Column, ...]:
    """Months with the year they count to, else names."""
    if kind == MONTHS:
        return (
            Column("month", _("Month"), kind="month", order_by="month",
                   url=lambda row: reverse("assessments:rewards", args=[Month.of(row.month)])),
            *SUMS,
            Column("year", _("Year")),
            Column("year_paid", _("Year so far"), order_by="year_paid", kind="number"),
        )  # fmt: skip
    is_people = kind == "people"
    return (
        Column("name", _("Person") if is_people else _("Department"), value=lambda row: row["name"], order_by="name",
               note=lambda row: row["short"], url=narrower(kind, span)),
        Column("short", _("Staff number") if is_people else _("Code"), value=lambda row: row["short"],
               is_export_only=True),
        *SUMS,
        Column("year_paid", gettext_now("Year up to %(month)s") % {"month": month_name(span.last)}, order_by="year_paid",
               kind="number"),
    )  # fmt: skip


def spec_of(kind: str, span: MonthSpan, departments: Any) -> ListSpec:
    """The list of one kind; DEPARTMENTS to choose from, none for whoever reads only their own rewards."""
    wide = (
        Filter("by", _("Summed by"), choices=KINDS, default=MONTHS),
        Filter("department", _("Department"), choices=departments),
    )
    return ListSpec(
        name=f"rewards-by-{kind}",
        title=_("Rewards over months"),
        columns=columns_of(kind, span),
        filters=(
            *(wide if departments is not None else ()),
            Filter("from", _("From"), kind="month", apply=read_month, default=str(span.first)),
            Filter("to", _("Until"), kind="month", apply=read_month, default=str(span.last)),
        ),
        search=(lambda rows, _text: rows) if departments is not None else (),
        search_hint=REWARDS.search_hint,
        default_order="name",
        tie_break="" if kind == MONTHS else "key",
        empty_title=_("No rewards in these months"),
        empty_text=_("They are proposed after each publication by the rules; the COO or the GM decides."),
        empty_icon="coins",
    )


@require_GET
@allow("assessments.view")
def rewards_over_time_page(request: HttpRequest) -> HttpResponseBase:
    """Everybody's rewards for those who work on them, else one's own as far as they are decided."""
    scope = scope_of(request)
    rows, is_wide = visible_rewards(scope), sees_rewards(scope)
    kind = request.GET.get("by", MONTHS) if is_wide else MONTHS
    span = span_of(request.GET)
    departments = reward_departments(rows) if is_wide else None
    spec = spec_of(kind if kind in KEYS else MONTHS, span, departments)

    context: dict[str, Any] = {
        "title": gettext_now("Rewards over months") if is_wide else gettext_now("My rewards"),
        "subtitle": gettext_now("What waits, what was approved, and what corrections took back."),
        "sees_work": is_wide,
        "may_give": scope.may(SPOT),
        "crumbs": [(_("Assessments"), reverse("assessments:list")), (_("Rewards over months"), "")],
    }

    def source(chosen: Chosen) -> Any:
        asked = narrowed(rows, chosen.filters, chosen.text)
        # Drawn after the list was read: the figures above it are of the same months, department and search.
        context["sums"] = {name: shown(value) for name, value in total_of(asked, span).items()}
        return rewards_by(asked, kind, span) if kind in KEYS else reward_months(asked, span)

    return list_response(
        request,
        spec=spec,
        queryset=source,
        template="assessments/rewards_over_time.html",
        fragment="assessments/_rewards_over_time.html",
        context=context,
    )
