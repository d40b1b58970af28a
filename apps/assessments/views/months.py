"""The months one under the other: where each stands, how long there is until it is to be published."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.selectors.months import MonthLine, month_lines, public_publication_day
from apps.assessments.selectors.own_rules import OWN
from apps.assessments.selectors.rewards import sees_rewards
from apps.assessments.selectors.scores import sees_drafts
from apps.assessments.views.telling import month_name, run_badge, scope_of, shown, url_or_nothing
from apps.core import clock
from apps.core.http.cells import Badge


@require_GET
@allow("assessments.view")
def list_page(request: HttpRequest) -> HttpResponse:
    """The last months; for those who work on them also what is still to be done."""
    scope = scope_of(request)
    lines = month_lines(scope, today=clock.today())
    context = {
        "title": _("Assessments"),
        "subtitle": _("The scores of each month, from the first calculation to publication."),
        "lines": [drawn_month(line) for line in lines],
        "publish_day": public_publication_day(clock.today()),
        "sees_drafts": sees_drafts(scope),
        "sees_own_rules": scope.may(OWN),
        "sees_rewards": sees_rewards(scope),
        "schemes_url": url_or_nothing("assessments:schemes") if scope.may("assessments.view_schemes") else "",
    }
    return render(request, "assessments/months.html", context)


def drawn_month(line: MonthLine) -> dict[str, Any]:
    """One month as plain values."""
    run = line.run
    return {
        "name": month_name(line.month),
        "url": reverse("assessments:month", args=[line.month]),
        "state": run_badge(run) if run else Badge(_("Not worked out yet"), "neutral"),
        "correction": run_badge(line.draft) if line.draft and line.published else None,
        "edition": line.publication.number if line.publication else None,
        "published_at": line.publication.published_at if line.publication else None,
        "deadline": line.deadline.on,
        "hurry": hurry_badge(line),
        "mean": shown(run.mean_total) if run else "–",
        "scored": run.scored_count if run else None,
        "all": run.score_count if run else None,
        "coverage": covered(run.with_data_count, run.line_count) if run else None,
        "not_assessed": line.not_assessed,
    }


def covered(count: int, whole: int) -> int | None:
    """How many lines of a hundred have data, cut down: 99.9 % is not all of them."""
    return count * 100 // whole if whole else None


def hurry_badge(line: MonthLine) -> Badge:
    """How far the publication deadline is, or whether it was kept."""
    if line.publication is not None:
        if not line.days_late:
            return Badge(_("Published in time"), "success")
        text = ngettext("%(n)s working day late", "%(n)s working days late", line.days_late) % {"n": line.days_late}
        return Badge(text, "warning")
    left = line.deadline.days_left
    if left > 0:
        text = ngettext("%(n)s working day left", "%(n)s working days left", left) % {"n": left}
        return Badge(text, "warning" if left <= 2 else "info")
    if left == 0:
        return Badge(_("Due today"), "warning")
    text = ngettext("%(n)s working day overdue", "%(n)s working days overdue", -left) % {"n": -left}
    return Badge(text, "danger")
