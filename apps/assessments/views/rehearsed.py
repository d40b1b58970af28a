"""The list of a rehearsal: every department's month before and after; and what the list of its people shares with it."""

from collections.abc import Callable
from typing import Any

from django.db.models import F, TextChoices
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.assessments.choices import PersonStatus, ScoreStatus
from apps.assessments.models import Rehearsal, RehearsedPerson, RehearsedScore
from apps.assessments.views.telling import change_html, grade_html, shown
from apps.core.http.listing import Column, Filter, ListSpec
from apps.core.month import Month
from apps.core.templatetags.ui import delta

NOT_JUDGED, NOT_SCORED = _("not in the scheme"), _("no score by these rules")
Row = RehearsedScore | RehearsedPerson


def side_words(row: Row, side: str) -> Any:
    """Why there is no score on one SIDE: old or new."""
    status = getattr(row, f"{side}_status")
    is_person = isinstance(row, RehearsedPerson)
    states: type[TextChoices] = PersonStatus if is_person else ScoreStatus
    return states(status).label if status in states.values else NOT_SCORED if is_person else NOT_JUDGED


def side_html(row: Row, side: str) -> Any:
    """The total of one SIDE, or in words why there is none."""
    total = getattr(row, f"{side}_total")
    if total is None:
        return format_html('<span class="text-quiet">{}</span>', side_words(row, side))
    return format_html('<span class="num">{}</span>', shown(total))


def grades_html(row: Row) -> Any:
    """Both grades; one where they are the same."""
    before, after = grade_html(row.old_grade), grade_html(row.new_grade)
    if row.old_grade == row.new_grade:
        return after or ""
    return format_html("{} → {}", before or "–", after or "–")


def ranks_html(row: RehearsedScore) -> Any:
    """Both ranks."""
    before, after = ("–" if rank is None else str(rank) for rank in (row.old_rank, row.new_rank))
    text = after if before == after else f"{before} → {after}"
    return format_html('<span class="num">{}</span>', text)


def score_url(row: RehearsedScore) -> str | None:
    """The published score of the department's month."""
    if not row.old_status:
        return None
    return reverse("assessments:score", args=[Month.of(row.month), row.department_id])


BOTH_SIDES = (
    Column("before", _("Before"), value=lambda row: side_html(row, "old"), kind="number", order_by="old_total",
           nulls_last=True, is_page_only=True),
    Column("after", _("After"), value=lambda row: side_html(row, "new"), kind="number", order_by="new_total",
           nulls_last=True, is_page_only=True),
    Column("difference", _("Difference"), value=lambda row: change_html(row.change), kind="number", order_by="change",
           nulls_last=True, is_page_only=True),
    Column("grades", _("Grade"), value=grades_html, is_page_only=True),
)  # fmt: skip
OLD_SIDE = (
    Column("old_status", _("State before"), value=lambda row: side_words(row, "old"), is_export_only=True),
    Column("old_total", _("Score before"), is_export_only=True),
    Column("old_grade", _("Grade before"), is_export_only=True),
)
NEW_SIDE = (
    Column("new_status", _("State after"), value=lambda row: side_words(row, "new"), is_export_only=True),
    Column("new_total", _("Score after"), is_export_only=True),
    Column("new_grade", _("Grade after"), is_export_only=True),
)
CHANGE = Column("change", _("Difference"), is_export_only=True)

COLUMNS = (
    Column("department", _("Department"), value="department.name", order_by=("department__name", "month"), url=score_url,
           note="department.code"),
    Column("code", _("Code"), value="department.code", is_export_only=True),
    Column("month", _("Month"), kind="month", order_by="month"),
    *BOTH_SIDES,
    Column("ranks", _("Rank"), value=ranks_html, kind="number", order_by="new_rank", nulls_last=True, is_page_only=True),
    Column("rise", _("Places"), value=lambda row: "" if row.rise is None else delta(row.rise), kind="number",
           order_by="rise", nulls_last=True, is_page_only=True),
    *OLD_SIDE,
    Column("old_rank", _("Rank before"), is_export_only=True),
    *NEW_SIDE,
    Column("new_rank", _("Rank after"), is_export_only=True),
    CHANGE,
)  # fmt: skip


def narrowing(rehearsal: Rehearsal, *, by: str, up: Any, down: Any) -> tuple[Filter, ...]:
    """Narrow to one month, and to what rose (UP in words) or fell (DOWN) BY a column, has another grade, or a score on one
    side only."""
    months = Month.of(rehearsal.first_month).until(Month.of(rehearsal.last_month))
    moves: dict[str, tuple[Any, Callable[[Any], Any]]] = {
        "up": (up, lambda rows: rows.filter(**{f"{by}__gt": 0})),
        "down": (down, lambda rows: rows.filter(**{f"{by}__lt": 0})),
        "grade": (_("Another grade"), lambda rows: rows.exclude(change=None).exclude(new_grade=F("old_grade"))),
        "one_sided": (
            _("A score on one side only"),
            lambda rows: rows.exclude(old_total=None, new_total=None).filter(change=None),
        ),
    }
    return (
        Filter("month", _("Month"),
               choices=[(str(month), date_format(month.first_day, "M Y")) for month in reversed(months)],
               apply=lambda rows, value: rows.filter(month=Month.parse(value).first_day)),
        Filter("moved", _("What becomes of it"), choices=[(key, label) for key, (label, _keep) in moves.items()],
               apply=lambda rows, value: moves[value][1](rows)),
    )  # fmt: skip


def filters_of(rehearsal: Rehearsal) -> tuple[Filter, ...]:
    """What the list of departments may be narrowed by."""
    return narrowing(rehearsal, by="rise", up=_("Better rank"), down=_("Worse rank"))


def rehearsed_spec(rehearsal: Rehearsal, filters: tuple[Filter, ...]) -> ListSpec:
    """The list of one rehearsal, the largest losses first."""
    return ListSpec(
        name=f"rehearsal-{rehearsal.pk}",
        title=_("Departments before and after"),
        columns=COLUMNS,
        filters=filters,
        search=("department__name__icontains", "department__code__istartswith"),
        search_hint=_("Department or code"),
        default_order=("change", "department__name", "month"),
        empty_title=_("Nothing to compare yet"),
        empty_text=_("The departments stand here as soon as the first month is rehearsed."),
        empty_icon="flask",
    )
