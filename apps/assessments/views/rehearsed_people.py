"""People of a rehearsal, and what the rules pay them: before and after, by role, by department, and one by one."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.choices import RehearsalState
from apps.assessments.models import Rehearsal, RehearsedPerson
from apps.assessments.selectors.rehearsals import rehearsal_for
from apps.assessments.selectors.rehearsed_people import (
    PeopleOutcome,
    pay_by_department,
    pay_of_company,
    people_outcome,
    rehearsed_people,
    roles_labelled,
)
from apps.assessments.selectors.rewards import sees_rewards
from apps.assessments.views.rehearsals import counts_row, grades_chart, head_context, mean_words, rehearsal_tabs
from apps.assessments.views.rehearsed import BOTH_SIDES, CHANGE, NEW_SIDE, OLD_SIDE, narrowing
from apps.assessments.views.telling import scope_of
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.templatetags.ui import delta, money
from apps.staff.choices import AppointmentRole


def score_url(row: RehearsedPerson) -> str | None:
    """The published score of the person's month."""
    if not row.old_status:
        return None
    return reverse("assessments:person_score", args=[Month.of(row.month), row.person_id])


COLUMNS = (
    Column("person", _("Person"), value="person.name", kind="user", order_by=("person__name", "month"), url=score_url,
           note="person.number"),
    Column("number", _("Staff number"), value="person.number", is_export_only=True),
    Column("department", _("Department"), value="department.name", order_by="department__name"),
    Column("role", _("Role"), value=lambda row: row.get_role_display(), order_by="role"),
    Column("month", _("Month"), kind="month", order_by="month"),
    *BOTH_SIDES,
    *OLD_SIDE,
    *NEW_SIDE,
    CHANGE,
)  # fmt: skip
AMOUNTS = (
    Column("old_amount", _("Reward before"), is_export_only=True),
    Column("new_amount", _("Reward after"), kind="number", order_by="new_amount", nulls_last=True),
    Column("pay_change", _("Reward, difference"), kind="number", order_by="pay_change", nulls_last=True),
)

PEOPLE = ListSpec(
    name="rehearsed-people",
    title=_("People before and after"),
    columns=(*COLUMNS, *AMOUNTS),
    search=("person__name__icontains", "person__number__istartswith", "department__name__icontains"),
    search_hint=_("Name, number or department"),
    default_order=("change", "person__name", "month"),
    empty_title=_("Nobody to compare"),
    empty_text=_("Neither the rules in force nor the rehearsed ones score people, or no month is rehearsed yet."),
    empty_icon="users",
)


def people_filters(rehearsal: Rehearsal) -> tuple[Filter, ...]:
    """What the list may be narrowed by."""
    of_a_role = Filter(
        "role", _("Role"), choices=AppointmentRole.choices, apply=lambda rows, value: rows.filter(role=value)
    )
    return (of_a_role, *narrowing(rehearsal, by="change", up=_("Higher score"), down=_("Lower score")))


@require_GET
@allow("assessments.view_drafts")
def rehearsal_people_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What a scheme would have made of people: in short, by role, and one by one."""
    scope = scope_of(request)
    rehearsal = rehearsal_for(scope, pk)
    context = page_context(request, rehearsal, "people")
    if rehearsal.state == RehearsalState.DONE:
        context |= people_context(people_outcome(scope, rehearsal))
    spec = replace(
        PEOPLE,
        name=f"rehearsed-people-{rehearsal.pk}",
        filters=people_filters(rehearsal),
        columns=PEOPLE.columns if sees_rewards(scope) else COLUMNS,
    )
    rows = rehearsed_people(scope, rehearsal)
    template = "assessments/rehearsal_people.html"
    return list_response(request, spec=spec, queryset=rows, template=template, context=context)


def people_context(found: PeopleOutcome) -> dict[str, Any]:
    """Figures and the chart as plain values."""
    labelled = [(_("Everybody"), found.whole), *roles_labelled(found.roles)]
    return {
        "whole": found.whole if found.whole.all else None,
        "mean": mean_words(found.whole),
        "up": found.whole.up,
        "down": found.whole.down,
        "roles": [
            {"label": label, "all": counts.all, **counts_row(counts, counts.up, counts.down)}
            for label, counts in labelled
        ],
        "grades": grades_chart(found.grades),
    }


def amount_of(name: str) -> Any:
    """A sum of a department's row, for a column."""
    return lambda row: money(abs(row[name]) if name.endswith("penalties") else row[name])


def exact_of(name: str) -> Any:
    """The same for a file, with its cents."""
    return lambda row: abs(row[name]) if name.endswith("penalties") else row[name]


SUMS = (
    ("old_amount", _("Paid before")),
    ("new_amount", _("Paid after")),
    ("old_rewards", _("Rewards before")),
    ("new_rewards", _("Rewards after")),
    ("old_penalties", _("Penalties before")),
    ("new_penalties", _("Penalties after")),
)
PAY_COLUMNS = (
    Column("name", _("Department"), value=lambda row: row["department__name"], order_by="department__name",
           note=lambda row: row["department__code"]),
    Column("code", _("Code"), value=lambda row: row["department__code"], is_export_only=True),
    *(Column(name, label, value=amount_of(f"sum_{name}"), kind="number", order_by=f"sum_{name}", is_page_only=True)
      for name, label in SUMS),
    *(Column(f"exact_{name}", label, value=exact_of(f"sum_{name}"), is_export_only=True) for name, label in SUMS),
    Column("change", _("Difference"), value=lambda row: delta(row["pay_change"], good="none"), kind="number",
           order_by="pay_change", is_page_only=True),
    Column("difference", _("Difference"), value=lambda row: row["pay_change"], is_export_only=True),
    Column("count", _("People’s months paid"), value=lambda row: row["sum_new_count"], is_export_only=True),
)  # fmt: skip

PAY = ListSpec(
    name="rehearsed-pay",
    title=_("Departments: what the rules pay"),
    columns=PAY_COLUMNS,
    search=("department__name__icontains", "department__code__istartswith"),
    search_hint=_("Department or code"),
    default_order=("department__name", "department"),
    tie_break="department",
    empty_title=_("Nothing is paid by either rules"),
    empty_text=_(
        "Rewards need a scheme that scores people and says what grades are worth, and people with a pay base."
    ),
    empty_icon="coins",
)


@require_GET
@allow("assessments.view_rewards")
def rehearsal_pay_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What a scheme would have paid: the whole company, and each department."""
    scope = scope_of(request)
    rehearsal = rehearsal_for(scope, pk)
    sums = pay_of_company(scope, rehearsal)
    context = page_context(request, rehearsal, "pay") | {
        "pay": {name: shown_amount(getattr(sums, name)) for name, _label in SUMS},
        "counts": {"old": sums.old_count, "new": sums.new_count},
        "pay_change": sums.change,
        "rewards_change": sums.new_rewards - sums.old_rewards,
        "penalties_change": sums.new_penalties - sums.old_penalties,
    }
    rows = pay_by_department(scope, rehearsal)
    spec = replace(PAY, name=f"rehearsed-pay-{rehearsal.pk}")
    template = "assessments/rehearsal_pay.html"
    return list_response(request, spec=spec, queryset=rows, template=template, context=context)


def shown_amount(amount: Decimal) -> Any:
    """An amount in whole units, with its thousands parted."""
    return money(amount)


def page_context(request: HttpRequest, rehearsal: Rehearsal, current: str) -> dict[str, Any]:
    """Head and tabs of a page about a rehearsal."""
    return head_context(request, rehearsal) | {"tabs": rehearsal_tabs(request, rehearsal, current)}
