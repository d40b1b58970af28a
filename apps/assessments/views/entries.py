"""What departments report for a month: the list of it, and one department's reports with their versions."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments.choices import Method
from apps.assessments.forms.entries import Typed, content_of, count_fields, milestone_rows, sent, shown
from apps.assessments.models import Entry
from apps.assessments.selectors.assessed import is_of_department, public_standing
from apps.assessments.selectors.entries import (
    ENTER,
    PlaceToReport,
    ToReport,
    entry_lines,
    line_to_report,
    place_to_report,
)
from apps.assessments.services.entries import RESTATE, enter_facts
from apps.assessments.services.reported import items_of
from apps.assessments.views.telling import month_name, scope_of
from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.http.cells import Badge
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.core.scope import Scope
from apps.periods.choices import FactKind
from apps.periods.selectors import EntryWindow, entry_window, month_answers

SHOWN_OF_EVIDENCE = 80
LATE = frozenset({"past_cut_off", "closed"})
STATES = (
    ("open", _("Not reported")),
    ("left_out", _("Left out")),
    ("reported", _("Reported")),
    ("restated", _("Restated")),
)


def state_of(row: Any) -> Badge:
    """Whether something was reported: 'not reported' is never 'nothing happened'."""
    if row.version is None:
        return Badge(_now("Left out")) if row.is_left_out else Badge(_now("Not reported"), "warning")
    return Badge(_now("Restated"), "info") if row.is_restated else Badge(_now("Reported"), "success")


def in_state(rows: Any, value: str) -> Any:
    """ROWS that were reported, restated, left out, or are still open."""
    if value == "restated":
        return rows.filter(is_restated=True)
    if value == "reported":
        return rows.exclude(version=None)
    return rows.filter(version=None, is_left_out=value == "left_out")


def line_url(row: Any) -> str:
    """Where a report is made."""
    return f"{place_url(Month.of(row.month), row.department_id)}#line-{row.indicator_pk}"


def evidence_note(row: Any) -> str:
    """The beginning of the evidence; the page of the department and the file have all of it."""
    return (
        _now("Evidence: %(words)s") % {"words": Truncator(row.evidence).chars(SHOWN_OF_EVIDENCE)}
        if row.evidence
        else ""
    )


LINES = ListSpec(
    name="entries",
    title=_("To report for the assessment"),
    columns=(
        Column("department", _("Department"), value="department.name", order_by="department__name", url=line_url,
               note="department.code"),
        Column("code", _("Code"), value="department.code", is_export_only=True),
        Column("indicator", _("Indicator"), value="indicator_name", order_by="indicator_name"),
        Column("method", _("Judged by"), value=lambda row: str(Method(row.method).label), order_by="method"),
        Column("state", _("State"), value=state_of, kind="badge", order_by="version", nulls_last=True),
        Column("version", _("Version"), kind="number", order_by="version", nulls_last=True),
        Column("said_by", _("Reported by"), value="said_by_name", order_by="said_by_name", nulls_last=True,
               note=evidence_note),
        Column("said_at", _("At"), kind="moment", order_by="said_at", nulls_last=True),
        Column("evidence", _("Evidence"), value=lambda row: row.evidence or "", is_export_only=True),
    ),
    filters=(
        Filter("state", _("State"), choices=STATES, apply=in_state),
        Filter("method", _("Judged by"), choices=[(one.value, one.label) for one in (Method.DEDUCTION, Method.MILESTONE)],
               apply=lambda rows, value: rows.filter(method=value)),
    ),
    search=("department__name__icontains", "department__code__istartswith", "indicator_name__icontains"),
    search_hint=_("Department or indicator"),
    default_order=("department__name", "department", "indicator_position"),
    tie_break="indicator_pk",
    empty_title=_("Nothing to report"),
    empty_text=_("None of your departments is judged by counted events or milestones in this month."),
    empty_icon="clipboard-check",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Door:
    """Whether something may be reported for the month. ANSWER: a word of periods.rules.Answer."""

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
        return self.answer == "yes" or (self.may_restate and self.needs_reason)


def door_of(scope: Scope, month: Month, now: datetime) -> Door:
    """The cut-off of the month as this person meets it. Two queries."""
    answers = month_answers(FactKind.REPORTS, [month], now)
    return Door(answers[month], entry_window(FactKind.REPORTS, month), scope.may(RESTATE))


@require_GET
@allow(ENTER)
def entries_now(request: HttpRequest) -> HttpResponse:
    """The reports of the month before, while it takes any, else of the present one."""
    current = Month.of(clock.today())
    former = current.plus(-1)
    is_open = month_answers(FactKind.REPORTS, [former], clock.now())[former] == "yes"
    return redirect("assessments:entries", former if is_open else current)


@require_GET
@allow(ENTER)
def entries_page(request: HttpRequest, month: Month) -> HttpResponseBase:
    """Everything the person may report for the month, what is still open first to be filtered."""
    require_begun(month)
    scope = scope_of(request)
    spec = replace(LINES, name=f"entries-{month}")
    context = {
        "month": month,
        "door": door_of(scope, month, clock.now()),
        "title": _("To report for the assessment"),
        "subtitle": month_name(month),
        "crumbs": crumbs_of(month),
        **neighbours("assessments:entries", month),
    }
    rows = entry_lines(scope, month)
    return list_response(request, spec=spec, queryset=rows, template="assessments/entries.html", context=context)


@require_GET
@allow(ENTER)
def entry_place_page(request: HttpRequest, month: Month, department: int) -> HttpResponse:
    """One department's reports for a month."""
    require_begun(month)
    return place_response(request, month, place_to_report(scope_of(request), month, department))


@require_http_methods(["POST"])
@allow(ENTER)
def enter_line(request: HttpRequest, month: Month, department: int, indicator: int) -> HttpResponse:
    """Save one report. A refusal comes back on the same page with what was typed."""
    scope = scope_of(request)
    place = place_to_report(scope, month, department)
    line = line_to_report(place, indicator)
    typed = sent(line.indicator, request.POST)
    try:
        done = enter_facts(
            month=month,
            department=place.department,
            indicator=line.indicator,
            content=content_of(line.indicator, typed),
            note=typed.note,
            evidence=typed.evidence,
            based_on=typed.seen,
            scope=scope,
            by=acting_user(request),
            now=clock.now(),
        )
    except Refusal as refusal:
        if refusal.status == 409:
            typed.seen = int(refusal.details.get("version", 0))
        return place_response(request, month, place, typed=typed, wrong=line, problem=refusal)
    if not done.is_new:
        messages.info(request, _now("That is what was reported already: nothing was changed."))
    else:
        messages.success(request, _now("Reported as version %(version)s.") % {"version": done.entry.version})
    if done.needs_revision:
        messages.warning(
            request,
            _now("%(month)s is published: its scores change only by a revision.") % {"month": month_name(month)},
        )
    return redirect(f"{place_url(month, department)}#line-{indicator}")


def place_response(
    request: HttpRequest,
    month: Month,
    place: PlaceToReport,
    *,
    typed: Typed | None = None,
    wrong: ToReport | None = None,
    problem: Refusal | None = None,
) -> HttpResponse:
    """The page of a department, with what was typed in the line that was refused."""
    scope = scope_of(request)
    cards = [
        card_of(line, typed if line is wrong and typed else shown(line.indicator, line.last, line.former), month)
        | {"problem": str(problem) if line is wrong and problem else ""}
        for line in place.lines
    ]
    context = {
        "title": place.department.name,
        "subtitle": _now("To report for %(month)s") % {"month": month_name(month)},
        "month": month,
        "place": place,
        "cards": cards,
        "door": door_of(scope, month, clock.now()),
        "needs_evidence": not is_of_department(acting_user(request), place.department.pk, month, clock.today()),
        "is_published": public_standing(month).is_published,
        "crumbs": [*crumbs_of(month, is_link=True), (place.department.name, "")],
        **neighbours("assessments:entry_place", month, place.department.pk),
    }
    return render(request, "assessments/entry_place.html", context, status=problem.status if problem else 200)


def card_of(line: ToReport, typed: Typed, month: Month) -> dict[str, Any]:
    """One indicator as the page draws it."""
    indicator = line.indicator
    is_counts = indicator.method == Method.DEDUCTION
    return {
        "indicator": indicator,
        "is_counts": is_counts,
        "typed": typed,
        "counts": count_fields(indicator, typed) if is_counts else [],
        "rows": [] if is_counts else milestone_rows(typed),
        "last": line.last,
        "is_left_out": line.is_left_out,
        "said": said_words(line.last) if line.last else "",
        "versions": [{"row": row, "said": said_words(row)} for row in line.versions],
        "former_month": month.plus(-1) if typed.is_carried and line.former else None,
    }


def said_words(entry: Entry) -> str:
    """What was reported, in a line."""
    if entry.indicator.method == Method.DEDUCTION:
        names = {str(row.get("code")): str(row.get("name") or row.get("code")) for row in items_of(entry.indicator)}
        found = [f"{names.get(code, code)}: {count}" for code, count in entry.content.items()]
        return ", ".join(found) or _now("Nothing happened")
    rows = entry.content.get("items", ())
    if not rows:
        return _now("No milestones")
    done = sum(bool(row.get("done")) for row in rows)
    return _now("%(done)s of %(all)s milestones done") % {"done": done, "all": len(rows)}


def require_begun(month: Month) -> None:
    """NotFound for a month to come."""
    if month > Month.of(clock.today()):
        raise NotFound(_now("%(month)s has not begun. Choose a month that has.") % {"month": month_name(month)})


def neighbours(name: str, month: Month, *args: Any) -> dict[str, Any]:
    """The ways to the month before and after."""
    before, after = month.plus(-1), month.plus(1)
    is_ahead = after > Month.of(clock.today())
    return {
        "before": before,
        "before_url": reverse(name, args=[before, *args]),
        "after": None if is_ahead else after,
        "after_url": "" if is_ahead else reverse(name, args=[after, *args]),
    }


def crumbs_of(month: Month, *, is_link: bool = False) -> list[tuple[Any, str]]:
    """The way to the reports of a month."""
    return [
        (_("Assessments"), reverse("assessments:list")),
        (month_name(month), reverse("assessments:month", args=[month])),
        (_("To report"), reverse("assessments:entries", args=[month]) if is_link else ""),
    ]


def place_url(month: Month, department: int) -> str:
    """The page of a department's reports."""
    return reverse("assessments:entry_place", args=[month, department])
