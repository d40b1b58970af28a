"""How many heads each department should have, month by month. Needs staff.plan_headcount, checked at the door."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.history import because
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.selectors import visible_departments
from apps.staff.models import HeadcountPlan
from apps.staff.services.refusals import WrongInput, constraints_in_words

LARGEST_PLAN = 1_000_000


@dataclass(frozen=True, slots=True)
class PlanCell:
    """The plan of one department for one month; None takes it away."""

    department_id: int
    month: Month
    planned: int | None


@dataclass(frozen=True, slots=True)
class PlanChange:
    """How many cells a save wrote."""

    created: int = 0
    changed: int = 0
    removed: int = 0


def plan_headcount(*, cells: Sequence[PlanCell], scope: Scope, by: User | None, reason: str = "") -> PlanChange:
    """Set the planned heads of departments and months; cells that say what is stored change nothing.

    COO and HR (staff.plan_headcount), for departments in their scope. Refuses numbers below 0 or over a million, and
    departments outside the scope as if they did not exist; with Conflict when somebody filled one of the empty cells in the
    same moment. All cells are stored or none. Five queries for any number.
    """
    wanted = {(cell.department_id, cell.month.first_day): cell.planned for cell in cells}
    for number in wanted.values():
        if number is not None and not 0 <= number <= LARGEST_PLAN:
            message = _("%(number)s is not a number of heads. Enter a whole number from 0 to 1,000,000.")
            raise WrongInput(message % {"number": number}, field="planned")
    require_visible({department for department, _month in wanted}, scope=scope)
    with transaction.atomic(), because("staff.headcount_planned", by=by, reason=reason), constraints_in_words():
        stored = {
            (row.department_id, row.month): row
            for row in HeadcountPlan.objects.select_for_update().filter(
                department__in={key[0] for key in wanted}, month__in={key[1] for key in wanted}
            )
        }
        new, changed, gone = [], [], []
        for key, number in wanted.items():
            row = stored.get(key)
            if row is None:
                new += [HeadcountPlan(department_id=key[0], month=key[1], planned=number)] if number is not None else []
            elif number is None:
                gone.append(row.pk)
            elif row.planned != number:
                row.planned = number
                changed.append(row)
        HeadcountPlan.objects.bulk_create(new, batch_size=2_000)
        HeadcountPlan.objects.bulk_update(changed, ["planned"], batch_size=2_000)
        if gone:
            HeadcountPlan.objects.filter(pk__in=gone).delete()
    return PlanChange(len(new), len(changed), len(gone))


def require_visible(department_ids: set[int], *, scope: Scope) -> None:
    """Refuse departments that do not exist or lie outside the scope; the two are told alike."""
    known = set(visible_departments(scope).filter(pk__in=department_ids).values_list("pk", flat=True))
    if department_ids - known:
        raise WrongInput(_("One of the departments does not exist. Reload the page and try again."), field="department")
