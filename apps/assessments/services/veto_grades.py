"""Vetoes that leave a grade at best, held against rules that have other grades: nobody could say what such a veto leaves."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from apps.assessments.choices import AdjustmentKind, AdjustmentState, VetoAction
from apps.assessments.models import Adjustment, Lifting, Scheme
from apps.core.month import Month
from apps.core.wording import month_text


def vetoes_without_grade(scheme: Scheme, *, first: Month, last: Month | None = None) -> list[str]:
    """A sentence for each confirmed veto that hits a month from FIRST to LAST (None: any later one) and leaves a grade at
    best that SCHEME does not have. One query."""
    rows = Adjustment.objects.filter(
        kind=AdjustmentKind.VETO,
        state=AdjustmentState.CONFIRMED,
        action=VetoAction.GRADE_CAP,
        last_month__gte=first.first_day,
    ).exclude(grade__in=[str(row.get("grade")) for row in scheme.grades])
    if last is not None:
        rows = rows.filter(month__lte=last.first_day)
    gone = Lifting.objects.filter(adjustment=OuterRef("pk"), from_month__lte=first.first_day)
    text = _(
        "The veto “%(veto)s” on %(who)s leaves grade %(grade)s at best until %(month)s, and these rules have no such grade: "
        "keep it among the grades, choose other months, or have the veto lifted and confirmed anew with one of theirs."
    )
    return [
        text
        % {
            "veto": row.name,
            "who": row.department.name,
            "grade": row.grade,
            "month": month_text(Month.of(row.last_month)),
        }
        for row in rows.exclude(Exists(gone)).select_related("department").order_by("month", "pk")
    ]
