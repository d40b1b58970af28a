"""Vetoes that leave a grade at best, held against rules that have other grades: nobody could say what such a veto leaves.

Asked from both sides: of new rules, before they are approved, and of a veto, before it is confirmed.
"""

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from apps.assessments.choices import AdjustmentKind, AdjustmentState, VetoAction
from apps.assessments.models import Adjustment, Lifting, Scheme
from apps.assessments.services.registers import WrongAdjustment
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


def require_known_grade(veto: Adjustment) -> None:
    """Refuse to confirm a veto that leaves a grade at best which the rules of one of its months do not have.

    The rules of its months are held until the veto is confirmed: whoever approves others waits, and then finds it
    (`vetoes_without_grade`). Two queries. Inside a transaction.
    """
    if veto.action != VetoAction.GRADE_CAP:
        return
    rows = Scheme.objects.approved().filter(valid__overlap=DateRange(veto.month, veto.last_month, "[]"))
    # Once they are held, they are read again: others may have been approved while this waited for the lock.
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    for scheme in rows.order_by("valid"):
        known = [str(row.get("grade")) for row in scheme.grades]
        if veto.grade not in known:
            raise WrongAdjustment(
                _(
                    "The veto leaves grade %(grade)s at best until %(last)s, and %(scheme)s, which judges %(month)s, has no "
                    "such grade, only %(known)s: refuse it, and have it proposed anew with a last month before "
                    "%(month)s, or by another item."
                )
                % {
                    "grade": veto.grade,
                    "last": month_text(Month.of(veto.last_month)),
                    "scheme": scheme,
                    "month": month_text(Month.of(max(veto.month, scheme.valid.lower))),
                    "known": ", ".join(known),
                },
                field="last_month",
            )
