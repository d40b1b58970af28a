"""The entry grid: one department and month, one row for each KPI, saved together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.http.keys import sent_key
from apps.core.month import Month
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import department_for, visible_departments
from apps.kpis import services
from apps.kpis.forms.entering import Line, sent_bases, sent_lines, shown_lines
from apps.kpis.selectors.grid import GridRow, entry_rows, filled_rows, versions_shown
from apps.kpis.services import Preview, Recorded
from apps.kpis.views.drawing import drawn_line, drawn_preview
from apps.periods.choices import FactKind
from apps.periods.selectors import EntryWindow, entry_window, month_answers

RECORD = "kpis.record"
ROWS = 50
EARLIEST = Month(1990, 1)
LATE = frozenset({"past_cut_off", "closed"})


@dataclass(frozen=True, slots=True)
class Place:
    """What the page is about, and whether something may be entered there. ANSWER: a word of periods.rules.Answer."""

    department: Department
    month: Month
    answer: str
    window: EntryWindow | None
    may_restate: bool

    @property
    def needs_reason(self) -> bool:
        """Whether everything entered now is a correction."""
        return self.answer in LATE

    @property
    def is_open(self) -> bool:
        """Whether this person may enter something."""
        return self.answer == "yes" or (self.may_restate and self.answer in LATE | {"before_all"})

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"{reverse('kpis:entry')}?department={self.department.pk}&month={self.month}"


def scope_of(request: HttpRequest) -> Scope:
    """The caller's scope."""
    scope: Scope = request.scope  # type: ignore[attr-defined]
    return scope


def asked_month(text: str, now: datetime) -> Month:
    """The month of the address; else the one before the present, while it takes values, else the present one."""
    current = Month.of(clock.local_date(now))
    try:
        month = Month.parse(text)
    except ValueError:
        former = current.plus(-1)
        return former if month_answers(FactKind.KPI_VALUES, [former], now)[former] == "yes" else current
    return month if EARLIEST <= month <= current.plus(24) else current


def asked_department(text: str, scope: Scope, choices: Sequence[Department]) -> Department | None:
    """The department of the address (outside the scope: 404); else the own one, else the first led, else the first."""
    if text:
        key = sent_key(text)
        if key is None:
            raise NotFound(_("There is no such department, or it lies outside what you may see."))
        return department_for(scope, key)
    by_key = {row.pk: row for row in choices}
    near = [by_key[pk] for pk in (scope.home_department_id, *scope.department_ids) if pk in by_key]
    return next(iter([*near, *choices]), None)


@require_http_methods(["GET", "POST"])
@allow(RECORD)
def entry_page(request: HttpRequest) -> HttpResponse:
    """Enter the values of a department for a month."""
    scope, now = scope_of(request), clock.now()
    month = asked_month(request.GET.get("month", ""), now)
    choices = list(visible_departments(scope, day=month.last_day).order_by("name", "pk"))
    department = asked_department(request.GET.get("department", ""), scope, choices)
    context: dict[str, Any] = {"title": _("Enter KPI values"), "month": month, "departments": choices}
    if department is None:
        return render(request, "kpis/entry.html", context)
    place = Place(
        department,
        month,
        month_answers(FactKind.KPI_VALUES, [month], now)[month],
        entry_window(FactKind.KPI_VALUES, month),
        scope.may("kpis.restate"),
    )
    found = entry_rows(scope, department, month)
    reports_none = bool(found) and not any(row.is_expected for row in found)
    is_all = "all" in request.GET or reports_none
    page = int(text) if (text := request.GET.get("page", "")).isdigit() and 0 < len(text) < 5 else 1
    picked = [row for row in found if row.is_expected or is_all]
    rows = filled_rows(picked[(page - 1) * ROWS : page * ROWS], department, month)
    context |= {
        "is_all": is_all,
        "reports_none": reports_none,
        "more_count": len(found) - len(picked),
        "page": page,
        "previous_page": page - 1,
    }
    context |= {"next_page": page + 1, "has_more": len(picked) > page * ROWS}
    if request.method == "POST":
        return entered(request, place, rows, context, now=now)
    return drawn(request, place, shown_lines(rows), context)


def entered(
    request: HttpRequest, place: Place, rows: Sequence[GridRow], context: dict[str, Any], *, now: datetime
) -> HttpResponse:
    """What was sent: shown with what it would change, refused with everything still there, or stored."""
    bases = versions_shown(place.department, place.month, sent_bases(rows, request.POST).values())
    lines = sent_lines(rows, request.POST, bases=bases, department=place.department.pk, month=place.month)
    entries = [line.entry for line in lines if line.entry is not None]
    reason = request.POST.get("reason", "").strip()[:500]
    context |= {"reason": reason, "is_returned": True}
    if any(line.problems for line in lines):
        return drawn(request, place, lines, context, problem=problem_words(lines), status=422)
    if not entries:
        messages.info(request, _("Nothing was changed, so there was nothing to save."))
        return redirect(request.get_full_path())
    given: dict[str, Any] = {
        "entries": entries,
        "scope": scope_of(request),
        "by": acting_user(request),
        "reason": reason,
    }
    is_check = request.POST.get("step") == "check"
    try:
        if is_check or any(line.needs_tick for line in lines):
            preview = services.preview_values(**given, now=now)
            problem = "" if is_check else doubt_words(lines)
            return drawn(
                request, place, lines, context, preview=preview, problem=problem, status=200 if is_check else 422
            )
        done = services.enter_values(**given, based_on={line.key: line.base for line in lines}, now=now)
    except Refusal as refusal:
        placed_refusal(lines, refusal)
        return drawn(request, place, lines, context, problem=refusal_words(lines, refusal), status=refusal.status)
    messages.success(request, done_words(done))
    return redirect(request.get_full_path())


def placed_refusal(lines: Sequence[Line], refusal: Refusal) -> None:
    """Put what a service says of each line beside that line. A line somebody else changed is based on their value now."""
    by_key = {line.key: line for line in lines}
    for row in refusal.details.get("rows", ()):
        line = by_key.get(row["row"])
        if line is None or row["field"] == "reason":
            continue
        line.problems[row["field"]] = str(row["message"])
        if isinstance(refusal, services.ChangedMeanwhile):
            line.base = line.row.latest.pk if line.row.latest else None


def problem_words(lines: Sequence[Line]) -> str:
    """How many rows cannot be read."""
    count = sum(bool(line.problems) for line in lines)
    return ngettext(
        "One row needs your attention. Nothing was saved; what you typed is still here.",
        "%(count)s rows need your attention. Nothing was saved; what you typed is still here.",
        count,
    ) % {"count": count}


def refusal_words(lines: Sequence[Line], refusal: Refusal) -> str:
    """The refusal above the grid: how many rows, where they say why themselves; else its own sentence."""
    return problem_words(lines) if any(line.problems for line in lines) else str(refusal)


def doubt_words(lines: Sequence[Line]) -> str:
    """How many odd values nobody has confirmed."""
    count = sum(line.needs_tick for line in lines)
    return ngettext(
        "One value looks odd. Correct it, or tick that you have checked it, and save again.",
        "%(count)s values look odd. Correct them, or tick that you have checked them, and save again.",
        count,
    ) % {"count": count}


def done_words(done: Recorded) -> str:
    """What became of the values."""
    stored = done.created + done.changed - done.waiting
    parts = []
    if stored or not done.waiting:
        parts.append(ngettext("%(count)s value was saved.", "%(count)s values were saved.", stored) % {"count": stored})
    if done.waiting:
        words = ngettext("%(count)s value waits for approval.", "%(count)s values wait for approval.", done.waiting)
        parts.append(words % {"count": done.waiting})
    return " ".join(parts)


def drawn(
    request: HttpRequest,
    place: Place,
    lines: Sequence[Line],
    context: dict[str, Any],
    *,
    preview: Preview | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page."""
    current = Month.of(clock.today())
    context = context | {
        "department": place.department,
        "place": place,
        "lines": [drawn_line(line, place.month) for line in lines],
        "has_parts": any(line.row.is_ratio or line.row.is_weighted for line in lines),
        "previous_month": place.month.plus(-1),
        "next_month": place.month.plus(1) if place.month < current else None,
        "problem": problem,
        "preview": None if preview is None else drawn_preview(preview),
        "doubt_count": sum(line.needs_tick for line in lines),
        "entry_count": sum(line.entry is not None for line in lines),
    }
    return render(request, "kpis/entry.html", context, status=status)
