"""The grid in which whoever leads people gives each of them the personal part of a month."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments.forms.appraising import AppraisalLine, sent_lines, shown_lines
from apps.assessments.selectors.appraising import (
    RATE,
    Appraisee,
    month_takes_appraisals,
    people_to_appraise,
    scheme_of_people,
)
from apps.assessments.services.appraising import appraise_people
from apps.assessments.views.people import month_crumbs
from apps.assessments.views.telling import month_name, scope_of, shown
from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.month import Month

ROWS = 50


@require_GET
@allow(RATE)
def appraisals_now(request: HttpRequest) -> HttpResponse:
    """The personal part of the month before: it is over, so it can be judged."""
    return redirect("assessments:appraise", Month.of(clock.today()).plus(-1))


@require_http_methods(["GET", "POST"])
@allow(RATE)
def appraise_page(request: HttpRequest, month: Month) -> HttpResponse:
    """Give the personal part to the people one leads, all in one grid."""
    if month > Month.of(clock.today()):
        raise NotFound(_("%(month)s has not begun. Choose a month that has.") % {"month": month_name(month)})
    scope, user = scope_of(request), acting_user(request)
    found = people_to_appraise(scope, user=user, month=month)
    shown_rows = narrowed(found, request)
    page = page_asked(request)
    rows = shown_rows[(page - 1) * ROWS : page * ROWS]
    context: dict[str, Any] = {
        "title": _("Personal part of %(month)s") % {"month": month_name(month)},
        "month": month,
        "previous_month": month.plus(-1),
        "next_month": month.plus(1) if month < Month.of(clock.today()) else None,
        "is_open": month_takes_appraisals(scope, month),
        "has_rules": scheme_of_people(scope, month) is not None,
        "count": len(found),
        "given_count": sum(row.given is not None for row in found),
        "only_open": "open" in request.GET,
        "text": request.GET.get("q", "").strip()[:100],
        "page": page,
        "has_more": len(shown_rows) > page * ROWS,
        "crumbs": month_crumbs(month, _("Personal part")),
    }
    if request.method == "POST":
        return appraised(request, month, sent_lines(rows, request.POST), context)
    return drawn(request, shown_lines(rows), context)


def page_asked(request: HttpRequest) -> int:
    """Which page of the grid; the first for anything else than a small number."""
    text = request.GET.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def narrowed(rows: Sequence[Appraisee], request: HttpRequest) -> list[Appraisee]:
    """Those without points if asked for, and those whose name, number or department holds the words."""
    found = [row for row in rows if row.given is None] if "open" in request.GET else list(rows)
    for word in request.GET.get("q", "").casefold().split()[:5]:
        found = [row for row in found if word in f"{row.person.name} {row.person.number} {row.department}".casefold()]
    return found


def appraised(
    request: HttpRequest, month: Month, lines: Sequence[AppraisalLine], context: dict[str, Any]
) -> HttpResponse:
    """What was sent: stored, or shown again with everything still there."""
    given = [line.given for line in lines if line.given is not None]
    if count := sum(bool(line.problem) for line in lines):
        words = ngettext(
            "One row needs your attention. Nothing was saved; what you typed is still here.",
            "%(count)s rows need your attention. Nothing was saved; what you typed is still here.",
            count,
        )
        return drawn(request, lines, context, problem=words % {"count": count}, status=422)
    try:
        done = appraise_people(
            month=month, given=given, scope=scope_of(request), by=acting_user(request), now=clock.now()
        )
    except Refusal as refusal:
        return drawn(request, lines, context, problem=str(refusal), status=refusal.status)
    if done.saved:
        words = ngettext(
            "One appraisal was saved. It counts from the next calculation on.",
            "%(count)s appraisals were saved. They count from the next calculation on.",
            done.saved,
        )
        messages.success(request, words % {"count": done.saved})
    else:
        messages.info(request, _("Nothing was changed, so there was nothing to save."))
    return redirect(request.get_full_path())


def drawn(
    request: HttpRequest,
    lines: Sequence[AppraisalLine],
    context: dict[str, Any],
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page."""
    more = {"lines": [drawn_line(line) for line in lines], "problem": problem, "is_returned": bool(problem)}
    return render(request, "assessments/appraise.html", {**context, **more}, status=status)


def drawn_line(line: AppraisalLine) -> dict[str, Any]:
    """One row as plain values."""
    given = line.row.given
    return {
        "key": line.row.person.pk,
        "name": line.row.person.name,
        "number": line.row.person.number,
        "department": line.row.department,
        "role": line.row.role,
        "points": line.points,
        "note": line.note,
        "former": shown(line.row.former) if line.row.former is not None else "",
        "problem": line.problem,
        "wrong": line.wrong,
        "said_at": given.said_at if given else None,
        "version": given.version if given else 0,
    }
