"""The register of bonus claims, deductions, vetoes and exemptions, as far as the person may read it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Case, JSONField, OuterRef, Q, QuerySet, Subquery, When
from django.utils.translation import gettext as _

from apps.assessments.choices import AdjustmentKind
from apps.assessments.models import Adjustment, AssessedDepartment, AssessedMonth, Lifting, Scheme
from apps.assessments.selectors.assessed import ITEMS_OF, items_in, scheme_in_force
from apps.assessments.selectors.exemptions import exemptable_lines, line_named
from apps.core.errors import NotFound
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import DepartmentQuerySet
from apps.departments.selectors import visible_departments
from apps.staff.choices import AppointmentRole
from apps.staff.models import Person
from apps.staff.selectors import leaders_of

READERS = ("assessments.propose", "assessments.confirm", "assessments.view_drafts")


def visible_adjustments(scope: Scope) -> QuerySet[Adjustment]:
    """Everything in the register for company-wide readers; of departments led and below; and what one proposed oneself. Each
    with `lifted_from`: the first month it no longer hits (None: nobody lifted it)."""
    first = Lifting.objects.filter(adjustment=OuterRef("pk")).order_by("from_month").values("from_month")[:1]
    rows = Adjustment.objects.select_related("department", "proposed_by", "decided_by").annotate(
        lifted_from=Subquery(first)
    )
    if not any(scope.may(name) for name in READERS):
        return rows.none()
    if scope.is_company:
        return rows
    return rows.filter(Q(department__in=visible_departments(scope)) | Q(proposed_by=scope.user_id))


def adjustment_for(scope: Scope, pk: int) -> Adjustment:
    """One entry of the register; NotFound is the same for what does not exist and what is not theirs."""
    found = visible_adjustments(scope).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such entry in the register, or it lies outside what you may see."))
    return found


def item_of(adjustment: Adjustment) -> Mapping[str, Any]:
    """The item of the scheme in force that it falls under, or the line an exemption is about; empty where the scheme names
    it no longer. Two queries at most."""
    scheme = scheme_in_force(Month.of(adjustment.month))
    if scheme and adjustment.kind == AdjustmentKind.EXEMPTION:
        line = line_named(scheme, adjustment.department_id, adjustment.code)
        return {"code": line.code, "name": line.name, "clause": line.clause, "weight": line.weight} if line else {}
    return items_in(scheme, adjustment.kind).get(adjustment.code, {}) if scheme else {}


def with_items(rows: QuerySet[Adjustment]) -> Any:
    """ROWS, each with `items`: those of its kind in the scheme in force for its month (a list; None where none is)."""
    in_force = Scheme.objects.approved().filter(valid__contains=OuterRef("month"))
    cases = [When(kind=kind, then=Subquery(in_force.values(column)[:1])) for kind, column in ITEMS_OF.items()]
    return rows.annotate(items=Case(*cases, output_field=JSONField()))


def months_to_revise(adjustment: Adjustment) -> list[Month]:
    """Published months it hits that were worked out before it was confirmed or lifted: they change only by a revision. Two
    queries."""
    rows = AssessedMonth.objects.filter(
        month__gte=adjustment.month, month__lte=adjustment.last_month, published__isnull=False
    )
    lifted = liftings_of(adjustment)
    return [
        Month.of(month)
        for month, read_at in rows.order_by("month").values_list("month", "published__gathered_at")
        if counted_at(adjustment, lifted, month, read_at) == is_lifted_from(lifted, month)
    ]


def liftings_of(adjustment: Adjustment) -> list[Lifting]:
    """Who lifted it, from when and why; the first first. The caller read the adjustment within their scope. One query."""
    return list(Lifting.objects.filter(adjustment=adjustment).select_related("lifted_by").order_by("pk"))


def head_hit(adjustment: Adjustment) -> Person | None:
    """Whom a veto of the head alone hits: who headed the department on the day it happened. Who leads what is no secret. One
    query."""
    heads = leaders_of([adjustment.department_id], adjustment.happened_on).filter(role=AppointmentRole.HEAD)
    found = heads.first()
    return found.person if found else None


def counted_at(adjustment: Adjustment, lifted: Sequence[Lifting], month: date, read_at: datetime) -> bool:
    """Whether it counted in a MONTH whose register was read then: confirmed by then, and not lifted from it by then."""
    is_confirmed = adjustment.decided_at is not None and read_at >= adjustment.decided_at
    return is_confirmed and not is_lifted_from([one for one in lifted if one.lifted_at <= read_at], month)


def is_lifted_from(lifted: Sequence[Lifting], month: date) -> bool:
    """Whether one of these takes it from the month."""
    return any(one.from_month <= month for one in lifted)


def claimable_items(scope: Scope, month: Month) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Kind → items of the scheme in force, and the lines that might not apply; empty where no scheme is. Few queries."""
    scheme = scheme_in_force(month)
    if scheme is None or not scope.may("assessments.propose"):
        return {}
    return {
        "bonus": list(items_in(scheme, "bonus").values()),
        "penalty": list(items_in(scheme, "penalty").values()),
        "veto": list(items_in(scheme, "veto").values()),
        "exemption": exemptable_lines(scheme, claimable_departments(scope, month).values("pk")),
    }


def claimable_departments(scope: Scope, month: Month) -> DepartmentQuerySet:
    """Departments the person may propose something for: in reach, open, judged in the month."""
    scheme = scheme_in_force(month)
    rows = visible_departments(scope, day=month.last_day)
    if scheme is None or not scope.may("assessments.propose"):
        return rows.none()
    return rows.filter(pk__in=AssessedDepartment.objects.filter(scheme=scheme).values("department")).order_by("name")
