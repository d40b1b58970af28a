"""The list of a rehearsal: every department's month before and after."""

from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.assessments.choices import ScoreStatus
from apps.assessments.models import Rehearsal, RehearsedPerson, RehearsedScore
from apps.assessments.views.telling import change_html, grade_html, shown
from apps.core.http.listing import Column, Filter, ListSpec
from apps.core.month import Month
from apps.core.templatetags.ui import delta

NOT_JUDGED = _("not in the scheme")


def status_words(status: str) -> Any:
    """Why there is no score on one side."""
    return ScoreStatus(status).label if status in ScoreStatus.values else NOT_JUDGED


def total_html(total: Any, status: str) -> Any:
    """A total, or in words why there is none."""
    if total is None:
        return format_html('<span class="text-quiet">{}</span>', status_words(status))
    return format_html('<span class="num">{}</span>', shown(total))


def grades_html(row: RehearsedScore | RehearsedPerson) -> Any:
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


COLUMNS = (
    Column("department", _("Department"), value="department.name", order_by=("department__name", "month"), url=score_url,
           note="department.code"),
    Column("code", _("Code"), value="department.code", is_export_only=True),
    Column("month", _("Month"), kind="month", order_by="month"),
    Column("before", _("Before"), value=lambda row: total_html(row.old_total, row.old_status), kind="number",
           order_by="old_total", nulls_last=True, is_page_only=True),
    Column("after", _("After"), value=lambda row: total_html(row.new_total, row.new_status), kind="number",
           order_by="new_total", nulls_last=True, is_page_only=True),
    Column("difference", _("Difference"), value=lambda row: change_html(row.change), kind="number", order_by="change",
           nulls_last=True, is_page_only=True),
    Column("grades", _("Grade"), value=grades_html, is_page_only=True),
    Column("ranks", _("Rank"), value=ranks_html, kind="number", order_by="new_rank", nulls_last=True, is_page_only=True),
    Column("rise", _("Places"), value=lambda row: "" if row.rise is None else delta(row.rise), kind="number",
           order_by="rise", nulls_last=True, is_page_only=True),
    Column("old_status", _("State before"), value=lambda row: status_words(row.old_status), is_export_only=True),
    Column("old_total", _("Score before"), is_export_only=True),
    Column("old_grade", _("Grade before"), is_export_only=True),
    Column("old_rank", _("Rank before"), is_export_only=True),
    Column("new_status", _("State after"), value=lambda row: status_words(row.new_status), is_export_only=True),
    Column("new_total", _("Score after"), is_export_only=True),
    Column("new_grade", _("Grade after"), is_export_only=True),
    Column("new_rank", _("Rank after"), is_export_only=True),
    Column("change", _("Difference"), is_export_only=True),
)  # fmt: skip


def moved(rows: Any, value: str) -> Any:
    """Of ROWS those that rose, fell, have another grade, or a score on one side only."""
    if value == "up":
        return rows.filter(rise__gt=0)
    if value == "down":
        return rows.filter(rise__lt=0)
    if value == "one_sided":
        return rows.exclude(old_total=None, new_total=None).filter(change=None)
    both = rows.exclude(change=None)
    return both.exclude(new_grade=F("old_grade"))


MOVES = (
    ("up", _("Better rank")),
    ("down", _("Worse rank")),
    ("grade", _("Another grade")),
    ("one_sided", _("A score on one side only")),
)


def filters_of(rehearsal: Rehearsal) -> tuple[Filter, ...]:
    """What the list may be narrowed by."""
    months = Month.of(rehearsal.first_month).until(Month.of(rehearsal.last_month))
    choices = [(str(month), date_format(month.first_day, "M Y")) for month in reversed(months)]
    return (
        Filter("month", _("Month"), choices=choices,
               apply=lambda rows, value: rows.filter(month=Month.parse(value).first_day)),
        Filter("moved", _("What becomes of it"), choices=MOVES, apply=moved),
    )  # fmt: skip


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
