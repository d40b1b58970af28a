"""People of a rehearsal, and what the rules pay them: before and after, by role, by department, and one by one."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.choices import PersonStatus, RehearsalState
from apps.assessments.models import Rehearsal, RehearsedPerson
from apps.assessments.selectors.rehearsals import rehearsal_for
from apps.assessments.selectors.rehearsed_people import (
    PeopleCounts,
    PeopleOutcome,
    pay_by_department,
    pay_of_company,
    people_outcome,
    rehearsed_people,
    roles_labelled,
)
from apps.assessments.selectors.rewards import sees_rewards
from apps.assessments.views.rehearsals import head_context, rehearsal_tabs
from apps.assessments.views.rehearsed import grades_html
from apps.assessments.views.telling import change_html, scope_of, shown
from apps.core.charts import Series
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.templatetags.ui import delta, money
from apps.staff.choices import AppointmentRole

NOT_SCORED = _("no score by these rules")


def status_words(status: str) -> Any:
    """Why there is no score on one side."""
    return PersonStatus(status).label if status in PersonStatus.values else NOT_SCORED


def total_html(total: Any, status: str) -> Any:
    """A total, or in words why there is none."""
    if total is None:
        return format_html('<span class="text-quiet">{}</span>', status_words(status))
    return format_html('<span class="num">{}</span>', shown(total))


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
    Column("before", _("Before"), value=lambda row: total_html(row.old_total, row.old_status), kind="number",
           order_by="old_total", nulls_last=True, is_page_only=True),
    Column("after", _("After"), value=lambda row: total_html(row.new_total, row.new_status), kind="number",
           order_by="new_total", nulls_last=True, is_page_only=True),
    Column("difference", _("Difference"), value=lambda row: change_html(row.change), kind="number", order_by="change",
           nulls_last=True, is_page_only=True),
    Column("grades", _("Grade"), value=grades_html, is_page_only=True),
    Column("old_status", _("State before"), value=lambda row: status_words(row.old_status), is_export_only=True),
    Column("old_total", _("Score before"), is_export_only=True),
    Column("old_grade", _("Grade before"), is_export_only=True),
    Column("new_status", _("State after"), value=lambda row: status_words(row.new_status), is_export_only=True),
    Column("new_total", _("Score after"), is_export_only=True),
    Column("new_grade", _("Grade after"), is_export_only=True),
    Column("change", _("Difference"), is_export_only=True),
)  # fmt: skip
AMOUNTS = (
    Column("old_amount", _("Reward before"), is_export_only=True),
    Column("new_amount", _("Reward after"), kind="number", order_by="new_amount", nulls_last=True),
    Column("pay_change", _("Reward, difference"), kind="number", order_by="pay_change", nulls_last=True),
)


def moved(rows: Any, value: str) -> Any:
    """Of ROWS those with a higher or lower score, another grade, or a score on one side only."""
    if value == "up":
        return rows.filter(change__gt=0)
    if value == "down":
        return rows.filter(change__lt=0)
    if value == "one_sided":
        return rows.exclude(old_total=None, new_total=None).filter(change=None)
    return rows.exclude(change=None).exclude(new_grade=F("old_grade"))


MOVES = (
    ("up", _("Higher score")),
    ("down", _("Lower score")),
    ("grade", _("Another grade")),
    ("one_sided", _("A score on one side only")),
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
    months = Month.of(rehearsal.first_month).until(Month.of(rehearsal.last_month))
    choices = [(str(month), date_format(month.first_day, "M Y")) for month in reversed(months)]
    return (
        Filter("role", _("Role"), choices=AppointmentRole.choices, apply=lambda rows, value: rows.filter(role=value)),
        Filter("month", _("Month"), choices=choices,
               apply=lambda rows, value: rows.filter(month=Month.parse(value).first_day)),
        Filter("moved", _("What becomes of it"), choices=MOVES, apply=moved),
    )  # fmt: skip


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
        "mean": {"old": shown(found.whole.old_mean), "new": shown(found.whole.new_mean)},
        "roles": [role_row(label, counts) for label, counts in labelled],
        "grades": {
            "labels": [grade or _("none") for grade, _before, _after in found.grades],
            "series": [
                Series(_now("Before"), [before for _grade, before, _after in found.grades]),
                Series(_now("After"), [after for _grade, _before, after in found.grades]),
            ],
        },
    }


def role_row(label: Any, counts: PeopleCounts) -> dict[str, Any]:
    """One role as the table draws it."""
    return {
        "label": label,
        "all": counts.all,
        "old_mean": shown(counts.old_mean),
        "new_mean": shown(counts.new_mean),
        "change": counts.mean_change,
        "up": counts.up,
        "down": counts.down,
        "grades": counts.grade_changed,
        "one_sided": counts.lost + counts.gained,
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
