"""Values that wait for approval: looked at beside what they would change, approved or declined, several at once."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.http.access import acting_user, allow
from apps.core import clock
from apps.core.errors import NotFound, Refusal
from apps.core.http.keys import sent_key
from apps.kpis import services
from apps.kpis.choices import Aggregation
from apps.kpis.models import KpiValue, KpiVersion
from apps.kpis.selectors.waiting import known_count, numbers_before, values_in_force, waiting_values
from apps.kpis.services.doubting import months_ago, odd_words, part_words
from apps.kpis.services.refusals import NotWaiting, ValuesRefused
from apps.kpis.views.drawing import drawn_preview, said_value
from apps.kpis.views.entry import scope_of

APPROVE = "kpis.approve"
ROWS = 25
ACTS = ("approve", "decline", "preview")


@require_GET
@allow(APPROVE)
def waiting_page(request: HttpRequest) -> HttpResponse:
    """Values that wait, the oldest first, and what would change if all shown were approved."""
    return drawn(request)


@require_POST
@allow(APPROVE)
def decide(request: HttpRequest) -> HttpResponse:
    """Approve or decline the chosen values, or show what approving them would change."""
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "").strip()
    keys = [key for text in request.POST.getlist("ids") if (key := sent_key(text)) is not None]
    try:
        values = chosen_values(request, keys)
        if act == "preview":
            return drawn(request, chosen=keys, reason=reason, looked_at=values)
        if act not in ACTS:
            raise ValuesRefused(_("Choose whether to approve or to decline."))
        given: dict[str, Any] = {"values": values, "by": acting_user(request), "now": clock.now()}
        if act == "approve":
            count = services.approve_values(**given)
            words = ngettext(
                "%(count)s value was approved and counts now.", "%(count)s values were approved and count now.", count
            )
        else:
            count = services.decline_values(**given, reason=reason)
            words = ngettext("%(count)s value was declined.", "%(count)s values were declined.", count)
    except NotFound:
        raise
    except Refusal as refusal:
        return drawn(request, chosen=keys, reason=reason, problem=refusal)
    messages.success(request, words % {"count": count})
    return redirect("kpis:waiting")


def chosen_values(request: HttpRequest, keys: Sequence[int]) -> list[KpiValue]:
    """The chosen values. Those outside the scope do not exist; those decided on meanwhile are a conflict."""
    if not keys:
        raise ValuesRefused(_("Choose at least one value."))
    scope = scope_of(request)
    values = list(waiting_values(scope).filter(pk__in=keys))
    if known_count(scope, keys) < len(set(keys)):
        raise NotFound(_("There is no such value, or it lies outside what you may see."))
    if len(values) < len(set(keys)):
        raise NotWaiting(_("Some of these values were decided on or corrected meanwhile. Look at those that are left."))
    return values


def drawn(
    request: HttpRequest,
    *,
    chosen: Sequence[int] = (),
    reason: str = "",
    problem: Refusal | None = None,
    looked_at: Sequence[KpiValue] | None = None,
) -> HttpResponse:
    """The page; after a refusal with the choice and the reason still there."""
    scope, user = scope_of(request), acting_user(request)
    found = waiting_values(scope)
    rows = list(found[: ROWS + 1])
    shown = rows[:ROWS]
    decidable = [row for row in shown if row.entered_by_id != user.pk]
    previewed = [row for row in looked_at if row.entered_by_id != user.pk] if looked_at is not None else decidable
    preview = services.preview_approval(values=previewed, scope=scope, by=user, now=clock.now())
    before, numbers = values_in_force(shown), numbers_before(shown)
    context = {
        "title": _("Values waiting for approval"),
        "subtitle": _("They count only after somebody else than who entered them has approved them."),
        "lines": [drawn_line(row, before, numbers, is_own=row.entered_by_id == user.pk) for row in shown],
        "chosen": set(chosen),
        "reason": reason,
        "problem": "" if problem is None else str(problem),
        "is_reason_missing": problem is not None and problem.field == "reason",
        "more_count": found.count() - len(shown) if len(rows) > ROWS else 0,
        "decidable_count": len(decidable),
        "preview": drawn_preview(preview) if previewed else None,
        "preview_title": preview_title(len(previewed), is_chosen=looked_at is not None),
    }
    return render(request, "kpis/waiting.html", context, status=problem.status if problem else 200)


def preview_title(count: int, *, is_chosen: bool) -> str:
    """What the preview is about."""
    if is_chosen:
        words = ngettext("If the chosen value is approved", "If the %(count)s chosen values are approved", count)
    else:
        words = ngettext("If this value is approved", "If all %(count)s of these values are approved", count)
    return words % {"count": count}


def drawn_line(
    row: KpiValue, before: dict[Any, KpiValue], numbers: dict[Any, list[KpiValue]], *, is_own: bool
) -> dict[str, Any]:
    """One waiting value beside what it would replace."""
    place, kpi = (row.series_id, row.month), row.series.kpi
    definition, former = kpi.definition, before.get((row.series_id, row.month))
    assert definition is not None
    return {
        "key": row.pk,
        "name": kpi.name,
        "code": kpi.code,
        "unit": definition.unit,
        "department": row.series.department.name,
        "month": row.month,
        "old": None if former is None else said_value(former, definition),
        "new": said_value(row, definition),
        "parts": (row.numerator, row.denominator) if row.numerator is not None else None,
        "by": row.entered_by.name if row.entered_by else "",
        "at": row.entered_at,
        "note": row.note,
        "is_late": row.is_late,
        "doubts": doubts_about(row, numbers[place], definition),
        "is_own": is_own,
    }


def doubts_about(row: KpiValue, before: Sequence[KpiValue], definition: KpiVersion) -> list[str]:
    """What looks wrong about a waiting value and its denominator or weight beside the months BEFORE, in sentences."""
    if row.value is None:
        return []
    ago = months_ago(row.month, (one.month for one in before))
    found = list(odd_words(row.value, [one.value for one in before if one.value is not None], ago).values())
    if row.denominator is not None:
        ways = {definition.over_time, definition.over_departments}
        is_weight = Aggregation.WEIGHTED in ways and Aggregation.RATIO not in ways
        parts = [one.denominator for one in before if one.denominator is not None]
        found += part_words(row.denominator, parts, is_weight=is_weight).values()
    return found
