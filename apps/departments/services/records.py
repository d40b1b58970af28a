"""What of a department is not dated: its code, cost centre and purpose, and its other names."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.core.history import because
from apps.departments.choices import AliasSource
from apps.departments.models import Department, DepartmentAlias
from apps.departments.rules.names import alias_key, tidy_code, tidy_name
from apps.departments.services.refusals import AliasTaken, NothingChanges, WrongInput
from apps.departments.services.tree import code_taken, keep_names, require_free_code, require_text, require_unchanged


def change_department(
    *,
    department: Department,
    code: str,
    cost_center: str,
    purpose: str,
    reason: str = "",
    by: Any,
    now: datetime,
    expected: datetime | None = None,
) -> Department:
    """Change what is not dated. The former code leads to the department still.

    departments.manage. Refuses a taken code, and a change on top of somebody else's (EXPECTED: `updated_at` as it was read).
    """
    code, cost_center, purpose = tidy_code(code), cost_center.strip(), purpose.strip()
    require_text(code, department.name)
    with transaction.atomic(), because("departments.changed", reason=reason, by=by):
        row = Department.objects.select_for_update().get(pk=department.pk)
        require_unchanged(row, expected)
        if (row.code, row.cost_center, row.purpose) == (code, cost_center, purpose):
            raise NothingChanges(_("Nothing is different. Change something, or go back."))
        former = row.code
        if code != former:
            DepartmentAlias.objects.filter(department=row, key=alias_key(code)).delete()
            require_free_code(code, but=row.pk)
        row.code, row.cost_center, row.purpose, row.updated_at = code, cost_center, purpose, now
        try:
            with transaction.atomic():
                row.save(update_fields=["code", "cost_center", "purpose", "updated_at"])
        except IntegrityError as error:
            raise code_taken(code) from error
        if code != former:
            keep_names(row, [former], AliasSource.FORMER_CODE)
    return row


def add_alias(
    *, department: Department, alias: str, by: Any, source: AliasSource = AliasSource.MANUAL
) -> DepartmentAlias:
    """Let another name lead to the department in files and search.

    departments.manage. Refuses a name or code that leads to a department already.
    """
    alias = tidy_name(alias)
    if not alias or len(alias) > 150 or not alias.isprintable():
        raise WrongInput(_("Enter the other name, at most 150 signs."), field="alias")
    with transaction.atomic(), because("departments.alias_added", by=by):
        taken = DepartmentAlias.objects.filter(key=alias_key(alias)).select_related("department").first()
        holder = taken.department if taken else Department.objects.filter(code__iexact=alias).first()
        if holder is not None:
            message = _("“%(alias)s” leads to %(department)s already. Enter another name, or remove that one first.")
            raise AliasTaken(message % {"alias": alias, "department": holder}, field="alias")
        try:
            with transaction.atomic():
                return DepartmentAlias.objects.create(
                    department=department, alias=alias, key=alias_key(alias), source=source
                )
        except IntegrityError as error:
            raise AliasTaken(
                _("This name leads to a department already. Enter another name."), field="alias"
            ) from error


def remove_alias(*, alias: DepartmentAlias, by: Any) -> None:
    """Let the other name lead nowhere. departments.manage."""
    with transaction.atomic(), because("departments.alias_removed", by=by):
        alias.delete()
