"""Staff outlook: heads and turnover ahead by department, and what is known to come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.core.errors import NotFound
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.rounding import round_half_up
from apps.core.scope import Scope
from apps.departments.selectors import TreeNode, tree_on
from apps.forecasts.choices import WarningKind
from apps.forecasts.models import ForecastIssue, SeriesForecast
from apps.forecasts.selectors import current_issue
from apps.forecasts.selectors.people import headcount_outlook, outlook_below, turnover_by_department
from apps.forecasts.views.people import beside_context, chart_context
from apps.forecasts.views.words import chance_text, scope_of
from apps.staff.rules.turnover import SMALL_HEADCOUNT
from apps.staff.selectors import MovesDue, moves_due

SHOWN_AHEAD = (3, 6, 12)
YEAR = 12


@dataclass(frozen=True, slots=True)
class Line:
    """A department as the columns read it."""

    row: SeriesForecast
    turnover: SeriesForecast | None
    due: MovesDue

    @property
    def heads(self) -> int | None:
        """Heads at the end of the issue's month."""
        return None if self.row.actual is None else round(self.row.actual)

    def expected(self, months: int) -> int | None:
        """Heads expected that many months ahead, whole."""
        return whole(self.row.mean, months)

    def around(self, months: int) -> str:
        """The 80 % range that many months ahead, and the plan."""
        low, high = whole(self.row.lo80, months), whole(self.row.hi80, months)
        if low is None or high is None:
            return ""
        planned = whole(self.row.target, months)
        words = (
            gettext_now("%(low)s to %(high)s") if planned is None else gettext_now("%(low)s to %(high)s, plan %(plan)s")
        )
        return words % {"low": low, "high": high, "plan": planned}


def whole(values: Sequence[float], months: int) -> int | None:
    """The figure that many months ahead as whole people; None where there is none."""
    return int(round_half_up(Fraction(values[months - 1]), 0)) if len(values) >= months else None


def plan_text(line: Line) -> int | None:
    """Planned heads next month."""
    return whole(line.row.target, 1)


def turnover_text(line: Line) -> str:
    """Turnover in a year; of small departments leavers, because a rate of a few heads says more about chance."""
    found = line.turnover
    if found is None or len(found.mean) < YEAR:
        return ""
    if (line.heads or 0) < SMALL_HEADCOUNT:
        count = int(round_half_up(Fraction(found.mean[YEAR - 1] * (line.heads or 0)) / 100, 0))
        return ngettext("%(count)s leaver", "%(count)s leavers", count) % {"count": count}
    return gettext_now("%(rate)s %%") % {"rate": one_place(found.mean[YEAR - 1])}


def turnover_note(line: Line) -> str:
    """Its range and what it is now."""
    found = line.turnover
    if found is None or len(found.mean) < YEAR or (line.heads or 0) < SMALL_HEADCOUNT:
        return ""
    words = {"low": one_place(found.lo80[YEAR - 1]), "high": one_place(found.hi80[YEAR - 1])}
    if found.actual is None:
        return gettext_now("%(low)s to %(high)s %%") % words
    return gettext_now("%(low)s to %(high)s %%, now %(now)s") % {**words, "now": one_place(found.actual)}


def one_place(value: float) -> str:
    """A rate for people to read."""
    return f"{round_half_up(Fraction(value), 1):,f}"


def due_text(line: Line) -> str:
    """Who is known to come and go."""
    due = line.due
    said = [
        ngettext("%(count)s joins", "%(count)s join", due.joiners) % {"count": due.joiners} if due.joiners else "",
        ngettext("%(count)s leaves", "%(count)s leave", due.leavers) % {"count": due.leavers} if due.leavers else "",
        gettext_now("%(count)s moving in") % {"count": due.into} if due.into else "",
        gettext_now("%(count)s moving out") % {"count": due.out} if due.out else "",
    ]
    return ", ".join(filter(None, said))


def due_note(line: Line) -> str:
    """How many of the leavers retire."""
    count = line.due.retiring
    return ngettext("%(count)s of them retires", "%(count)s of them retire", count) % {"count": count} if count else ""


def warning_text(line: Line) -> str:
    """Below plan from when on, by how many, how likely."""
    row = line.row
    if not row.warning or row.warned_month is None:
        return ""
    month = Month.of(row.warned_month)
    ahead = len(Month.of(row.issue.month).until(month)) - 1
    words = {
        "month": date_format(month.first_day, "M Y"),
        "heads": whole(row.mean, ahead),
        "plan": whole(row.target, ahead),
        "chance": chance_text(row.warned_chance),
    }
    if words["plan"] is None:
        return gettext_now("Below plan from %(month)s, chance %(chance)s") % words
    return gettext_now("Below plan from %(month)s: %(heads)s expected, %(plan)s planned, chance %(chance)s") % words


def ahead_columns(months: int) -> tuple[Column, ...]:
    """Heads that many months ahead: with range and plan on the page, each figure by itself in files."""
    place = months - 1
    return (
        Column(f"in_{months}", ngettext("In %(count)s month", "In %(count)s months", months) % {"count": months},
               value=lambda line: line.expected(months), kind="number", note=lambda line: line.around(months),
               order_by=f"mean__{place}", nulls_last=True, is_page_only=True),
        Column(f"mean_{months}", _("Expected in %(count)s months") % {"count": months},
               value=lambda line: at(line.row.mean, place), is_export_only=True),
        Column(f"low_{months}", _("80 %% from, in %(count)s months") % {"count": months},
               value=lambda line: at(line.row.lo80, place), is_export_only=True),
        Column(f"high_{months}", _("80 %% to, in %(count)s months") % {"count": months},
               value=lambda line: at(line.row.hi80, place), is_export_only=True),
        Column(f"plan_{months}", _("Planned in %(count)s months") % {"count": months},
               value=lambda line: at(line.row.target, place), is_export_only=True),
    )  # fmt: skip


def at(values: Sequence[float], place: int) -> float | None:
    """The figure at that place, if there is one."""
    return values[place] if len(values) > place else None


COLUMNS = (
    Column("department", _("Department"), value="row.department.name", order_by="department__name",
           url=lambda line: f"{reverse('staff:headcount')}?department={line.row.department_id}",
           note="row.department.code"),
    Column("code", _("Code"), value="row.department.code", is_export_only=True),
    Column("now", _("Now"), value="heads", kind="number", order_by="actual", nulls_last=True),
    Column("plan", _("Plan"), value=plan_text, kind="number", order_by="target__0", nulls_last=True),
    *(column for months in SHOWN_AHEAD for column in ahead_columns(months)),
    Column("turnover", _("Turnover in a year"), value=turnover_text, kind="number", note=turnover_note, is_page_only=True),
    Column("turnover_now", _("Turnover of twelve months, %"), value="turnover.actual", is_export_only=True),
    Column("turnover_12", _("Turnover expected in 12 months, %"),
           value=lambda line: at(line.turnover.mean, YEAR - 1) if line.turnover else None, is_export_only=True),
    Column("due", _("Known to come"), value=due_text, note=due_note),
    Column("warning", _("Warning"), value=warning_text, order_by=("warning", "warned_month")),
)  # fmt: skip

OUTLOOK = ListSpec(
    name="staff-outlook",
    title=_("Staff outlook"),
    columns=COLUMNS,
    search=("department__name__icontains", "department__code__istartswith"),
    search_hint=_("Department or code"),
    default_order=("-warning", "warned_month", "department__name"),
    tie_break="department_id",
    empty_title=_("No outlook here"),
    empty_text=_("Nobody was employed in the departments you may see."),
    empty_icon="users",
    keep=("month",),
)


@require_GET
@allow("staff.view_headcount")
def staff_page(request: HttpRequest) -> HttpResponseBase:
    """Heads and turnover ahead, as the newest issue (or that of ?month=) foretold them."""
    scope = scope_of(request)
    issue = current_issue(scope, asked_month(request))
    if issue is None:
        spec = replace(OUTLOOK, empty_text=_("No forecast was issued yet. The first comes after the next month's end."))
        rows = headcount_outlook(scope, None)
        return list_response(request, spec=spec, queryset=rows, template="forecasts/staff.html")
    month = Month.of(issue.month)
    nodes = tree_on(month.last_day, scope)
    turnovers: dict[int, SeriesForecast] = {}
    dues: dict[int, MovesDue] = {}

    def prepare(rows: Sequence[SeriesForecast]) -> None:
        keys = [row.department_id for row in rows]
        turnovers.update(turnover_by_department(scope, issue, keys))
        dues.update(moves_due(scope, keys, first=month.plus(1), last=month.plus(issue.horizon)))
        for row in rows:
            row.issue = issue

    def line(row: SeriesForecast) -> Line:
        return Line(row, turnovers.get(row.department_id), dues.get(row.department_id, MovesDue()))

    spec = replace(OUTLOOK, name=f"staff-outlook-{month}", prepare=prepare, line=line, filters=filters_of(nodes, issue))
    return list_response(
        request,
        spec=spec,
        queryset=headcount_outlook(scope, issue),
        template="forecasts/staff.html",
        context=page_context(request, scope, issue, [node.pk for node in nodes if node.level == 0]),
    )


def filters_of(nodes: Sequence[TreeNode], issue: ForecastIssue) -> tuple[Filter, ...]:
    """What the list may be narrowed by; NODES: the departments the person sees."""
    branches = [(node.pk, node.name) for node in nodes]
    return (
        Filter("department", _("Department"), choices=branches,
               apply=lambda rows, value: outlook_below(rows, int(value), issue)),
        Filter("warned", _("Below plan"), kind="flag",
               apply=lambda rows, value: rows.filter(warning=WarningKind.BELOW_PLAN)),
    )  # fmt: skip


def page_context(request: HttpRequest, scope: Scope, issue: ForecastIssue, tops: Sequence[int]) -> dict[str, Any]:
    """Heading, chart and what stands beside; nothing of it for a file or when only the list is drawn anew."""
    if "export" in request.GET or getattr(request, "htmx", False):
        return {}
    return {
        "issue": issue,
        "subtitle": gettext_now("As foretold after %(month)s.") % {"month": date_format(issue.month, "F Y")},
        **chart_context(scope, issue, tops),
        **beside_context(scope, issue),
    }


def asked_month(request: HttpRequest) -> Month | None:
    """The month whose issue the address asks for, else the newest."""
    text = request.GET.get("month", "")
    if not text:
        return None
    try:
        return Month.parse(text)
    except ValueError as error:
        raise NotFound(str(error), field="month") from error
