"""Appeals as lists: what waits for me, mine, all I may see."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.choices import AppealState
from apps.assessments.models import Appeal
from apps.assessments.models.appeals import OPEN_APPEALS
from apps.assessments.selectors.appeals import (
    ADMIT,
    APPEAL,
    RULE,
    appeals_to_do,
    own_appeals,
    public_days_left,
    public_work_calendar,
    visible_appeals,
)
from apps.assessments.selectors.holds import public_holds
from apps.assessments.views.telling import scope_of
from apps.core import clock
from apps.core.http.cells import Badge
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.scope import Scope

TONES = {
    AppealState.FILED: "info",
    AppealState.REJECTED: "neutral",
    AppealState.REVIEWING: "warning",
    AppealState.UPHELD: "success",
    AppealState.PARTLY_UPHELD: "success",
    AppealState.DISMISSED: "neutral",
    AppealState.WITHDRAWN: "neutral",
}
LEVELS = ((1, _("First")), (2, _("Second")))
SOON = 2
"""Working days from which on the clock is shown as a warning."""


def appeal_badge(appeal: Appeal) -> Badge:
    """Where an appeal stands."""
    return Badge(appeal.get_state_display(), TONES[AppealState(appeal.state)])


def clock_badge(left: int) -> Badge:
    """How many working days there are until the answer is due."""
    if left < 0:
        text = ngettext("%(n)s working day overdue", "%(n)s working days overdue", -left) % {"n": -left}
        return Badge(text, "danger")
    if left == 0:
        return Badge(_("Due today"), "warning")
    text = ngettext("%(n)s working day left", "%(n)s working days left", left) % {"n": left}
    return Badge(text, "warning" if left <= SOON else "info")


def about(appeal: Appeal) -> str:
    """What the appeal is about, within its department."""
    if appeal.person:
        return gettext_now("Score of %(person)s") % {"person": appeal.person}
    return appeal.indicator.name if appeal.indicator else gettext_now("The score as a whole")


def set_clocks(rows: Any) -> None:
    """Give each row the working days left, where an answer is awaited and the clock runs. Five queries for all of them."""
    public_holds(rows)
    today = clock.today()
    waiting = [row for row in rows if row.state in OPEN_APPEALS]
    work_days = public_work_calendar([row.due_at for row in waiting], today)
    for row in rows:
        row.left = public_days_left(row.due_at, today, work_days) if row.state in OPEN_APPEALS else None


def left_badge(appeal: Any) -> Badge | None:
    """The clock of an open appeal."""
    if is_held(appeal):
        return Badge(gettext_now("Clock stands still"), "neutral")
    return None if appeal.left is None else clock_badge(appeal.left)


def is_held(appeal: Any) -> bool:
    """Whether the clock of an appeal (of `public_holds`) stands still, and it was not overdue before."""
    return appeal.held_since is not None and appeal.held_since <= appeal.due_at


COLUMNS = (
    Column("number", _("Appeal"), value=str, order_by="pk", url=lambda row: row.get_absolute_url(), is_page_only=True),
    Column("id", _("Appeal"), value="pk", is_export_only=True),
    Column("month", _("Month"), value=lambda row: Month.of(row.run.month), order_by="run__month"),
    Column("department", _("Department"), value="department.name", order_by="department__name", note=about,
           is_page_only=True),
    Column("department_name", _("Department"), value="department.name", is_export_only=True),
    Column("about", _("What it is about"), value=about, is_export_only=True),
    Column("filed_by", _("Filed by"), value="filed_by.name", order_by="filed_by__name"),
    Column("filed_at", _("Filed"), kind="moment", order_by="filed_at"),
    Column("level", _("Level"), value=lambda row: dict(LEVELS)[row.level], order_by="level"),
    Column("reviewer", _("Reviewer"), value="reviewer.name", order_by="reviewer__name"),
    Column("due_at", _("Answer due"), kind="moment", order_by="due_at", is_export_only=True),
    Column("clock", _("Clock"), value=left_badge, kind="badge", order_by="due_at", is_page_only=True),
    Column("state", _("State"), value=appeal_badge, kind="badge", order_by="state"),
    Column("ruled_at", _("Answered"), kind="moment", order_by="ruled_at", nulls_last=True, is_export_only=True),
    Column("reason", _("What is wrong"), is_export_only=True),
    Column("ruling", _("Reason of the ruling"), is_export_only=True),
)  # fmt: skip

FILTERS = (
    Filter("state", _("State"), choices=AppealState.choices, apply=lambda rows, value: rows.filter(state=value)),
    Filter("level", _("Level"), choices=LEVELS, apply=lambda rows, value: rows.filter(level=value)),
    Filter("month", _("Month"), kind="month", apply=lambda rows, value: rows.filter(
        run__month=Month.parse(value).first_day)),
    Filter("late", _("Overdue"), kind="flag", apply=lambda rows, value: rows.filter(
        state__in=OPEN_APPEALS, due_at__lt=clock.now())),
)  # fmt: skip


def spec(name: str, order: tuple[str, ...], empty_title: Any, empty_text: Any) -> ListSpec:
    """A list of appeals."""
    return ListSpec(
        name=name,
        title=_("Appeals"),
        subtitle=_("Somebody disagrees with a published score, and somebody who had no part in it looks again."),
        columns=COLUMNS,
        filters=FILTERS,
        search=("department__name__icontains", "filed_by__name__icontains", "indicator__name__icontains"),
        search_hint=_("Department, line or appellant"),
        default_order=order,
        empty_title=empty_title,
        empty_text=empty_text,
        empty_icon="gavel",
        prepare=set_clocks,
    )


TO_DO = spec(
    "appeals-to-do",
    ("due_at",),
    _("Nothing waits for you"),
    _("Appeals you are to admit or to rule on stand here, the most urgent first."),
)
MINE = spec(
    "appeals-mine",
    ("-filed_at",),
    _("You have filed no appeal"),
    _("Open the receipt of a published score of yours: what you disagree with is said there."),
)
ALL = spec(
    "appeals",
    ("-filed_at",),
    _("No appeals"),
    _("Nobody has disagreed with a score that you may see."),
)


def tabs_for(scope: Scope, current: str) -> list[dict[str, Any]]:
    """What waits for me with its count (for those who admit or rule), mine, all."""
    has_duty = scope.may(ADMIT) or scope.may(RULE)
    pages = [
        *([("appeals", _("To do"), "inbox", appeals_to_do(scope).count() or None)] if has_duty else []),
        ("own_appeals", _("Mine"), "user", None),
        ("all_appeals", _("All"), "list", None),
    ]
    return [
        {
            "label": label,
            "url": reverse(f"assessments:{name}"),
            "icon": icon,
            "count": count,
            "is_current": name == current,
        }
        for name, label, icon, count in pages
    ]


def listed(request: HttpRequest, list_spec: ListSpec, rows: Any, current: str) -> HttpResponseBase:
    """One of the lists with its tabs."""
    context = {
        "tabs": tabs_for(scope_of(request), current),
        "crumbs": [(_("Assessments"), reverse("assessments:list")), (_("Appeals"), "")],
    }
    return list_response(request, spec=list_spec, queryset=rows, template="assessments/appeals.html", context=context)


@require_GET
@allow(APPEAL)
def appeals_page(request: HttpRequest) -> HttpResponseBase:
    """What waits for the person; their own appeals for those who have no part in the answers."""
    scope = scope_of(request)
    if not (scope.may(ADMIT) or scope.may(RULE)):
        return listed(request, MINE, own_appeals(scope), "own_appeals")
    return listed(request, TO_DO, appeals_to_do(scope), "appeals")


@require_GET
@allow(APPEAL)
def own_appeals_page(request: HttpRequest) -> HttpResponseBase:
    """What the person filed, or what is about their own score."""
    return listed(request, MINE, own_appeals(scope_of(request)), "own_appeals")


@require_GET
@allow(APPEAL)
def all_appeals_page(request: HttpRequest) -> HttpResponseBase:
    """Every appeal the person may see."""
    return listed(request, ALL, visible_appeals(scope_of(request)), "all_appeals")
