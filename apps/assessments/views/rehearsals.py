"""Rehearsals: asked for from a scheme, watched while they run, read as before and after."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.http.access import acting_user, allow, unattended
from apps.assessments import selectors, services
from apps.assessments.choices import RehearsalState
from apps.assessments.forms.rehearsals import RehearseForm
from apps.assessments.models import Rehearsal
from apps.assessments.selectors.rehearsals import (
    BothSides,
    Counts,
    GradeShift,
    Outcome,
    months_published,
    outcome_of,
    rehearsal_for,
    rehearsed_scores,
    visible_rehearsals,
)
from apps.assessments.selectors.rehearsed_people import has_people
from apps.assessments.selectors.rewards import sees_rewards
from apps.assessments.views.frame import is_done, scheme_form, sent
from apps.assessments.views.rehearsed import filters_of, rehearsed_spec
from apps.assessments.views.telling import scope_of, shown
from apps.core import clock
from apps.core.charts import Series
from apps.core.http.cells import Badge
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.jobs.choices import JobState

USUAL_MONTHS = 12
TONES = {RehearsalState.WAITING: "info", RehearsalState.DONE: "success", RehearsalState.FAILED: "danger"}


def rehearsal_badge(rehearsal: Rehearsal) -> Badge:
    """Where a rehearsal stands; one whose job was given up has failed, whatever it says itself."""
    if is_given_up(rehearsal):
        return Badge(RehearsalState.FAILED.label, "danger")
    return Badge(rehearsal.get_state_display(), TONES[RehearsalState(rehearsal.state)])


def is_given_up(rehearsal: Rehearsal) -> bool:
    """Whether it waits for a job that will not come."""
    job = rehearsal.job
    ended = job is None or job.state in {JobState.FAILED, JobState.CANCELLED}
    return rehearsal.state == RehearsalState.WAITING and ended


def months_words(rehearsal: Rehearsal) -> str:
    """The months it is about."""
    first, last = (date_format(day, "M Y") for day in (rehearsal.first_month, rehearsal.last_month))
    return first if first == last else f"{first} – {last}"


def rehearsal_url(rehearsal: Rehearsal) -> str:
    """Its page."""
    return reverse("assessments:rehearsal", args=[rehearsal.pk])


REHEARSALS = ListSpec(
    name="rehearsals",
    title=_("Rehearsals"),
    subtitle=_("What schemes would have made of published months. Nothing in here is a score."),
    columns=(
        Column("scheme", _("Scheme"), value=lambda row: str(row.scheme), order_by="scheme__version", url=rehearsal_url),
        Column("months", _("Months"), value=months_words, order_by="first_month"),
        Column("state", _("State"), value=rehearsal_badge, order_by="state", kind="badge"),
        Column("asked_by", _("Asked by"), value="asked_by.name", order_by="asked_by__name"),
        Column("asked_at", _("Asked at"), order_by="asked_at", kind="moment"),
    ),
    filters=(
        Filter("state", _("State"), choices=RehearsalState.choices, apply=lambda rows, value: rows.filter(state=value)),
    ),
    search=("scheme__name__icontains", "asked_by__name__icontains"),
    search_hint=_("Scheme or person"),
    default_order="-pk",
    empty_title=_("Nothing was rehearsed yet"),
    empty_text=_("Open a scheme and choose “Rehearse”: it is tried on published months before it holds."),
    empty_icon="flask",
)


@require_GET
@allow("assessments.view_drafts")
def rehearsals_page(request: HttpRequest) -> HttpResponseBase:
    """Every rehearsal, the newest first."""
    context = {"crumbs": [(_("Schemes"), reverse("assessments:schemes")), (_("Rehearsals"), "")]}
    return list_response(request, spec=REHEARSALS, queryset=visible_rehearsals(scope_of(request)), context=context)


@require_http_methods(["GET", "POST"])
@allow("assessments.rehearse")
def rehearse_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a rehearsal of a scheme."""
    scope = scope_of(request)
    scheme, months = selectors.scheme_for(scope, pk), months_published(scope)
    first = months[min(len(months), USUAL_MONTHS) - 1] if months else ""
    start = {"first_month": str(first), "last_month": str(months[0]) if months else ""}
    form = RehearseForm(sent(request), months=months, initial=start)
    if request.method == "POST" and (form.is_valid() or not months):
        made: list[Rehearsal] = []
        by, span = acting_user(request), form.span() if months else {}
        if is_done(
            form, lambda: made.append(services.request_rehearsal(scheme=scheme, by=by, now=clock.now(), **span))
        ):
            messages.success(request, _("The scheme is being rehearsed."))
            return redirect("assessments:rehearsal", made[0].pk)
    words = _now(
        "Every published month in this time is judged once more by %(scheme)s: figures and targets as they were judged "
        "then, the rules of this scheme. Nothing of it becomes a score, and nobody is told."
    )
    return scheme_form(
        request,
        form=form,
        title=_now("Rehearse"),
        scheme=scheme,
        submit_label=_("Rehearse it"),
        context={"intro": words % {"scheme": scheme}},
    )


@require_GET
@allow("assessments.view_drafts")
def rehearsal_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Before and after: in short, month by month, and every department's month as a list."""
    scope = scope_of(request)
    rehearsal = rehearsal_for(scope, pk)
    is_whole_page = not request.htmx and not request.GET.get("export")  # type: ignore[attr-defined]
    context = head_context(request, rehearsal) | {"tabs": rehearsal_tabs(request, rehearsal, "departments")}
    if is_whole_page and rehearsal.state == RehearsalState.DONE:
        context |= outcome_context(outcome_of(scope, rehearsal))
    rows = rehearsed_scores(scope, rehearsal)
    spec = rehearsed_spec(rehearsal, filters_of(rehearsal))
    return list_response(request, spec=spec, queryset=rows, template="assessments/rehearsal.html", context=context)


@unattended
@require_GET
@allow("assessments.view_drafts")
def rehearsal_progress_part(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is; once it has ended the whole page is fetched anew."""
    rehearsal = rehearsal_for(scope_of(request), pk)
    context = {"rehearsal": rehearsal, "job": job_context(rehearsal)}
    response = render(request, "assessments/_rehearsal_job.html", context)
    if rehearsal.state != RehearsalState.WAITING or is_given_up(rehearsal):
        response["HX-Refresh"] = "true"
    return response


def head_context(request: HttpRequest, rehearsal: Rehearsal) -> dict[str, Any]:
    """Name, state, what may be done."""
    scheme, scope = rehearsal.scheme, scope_of(request)
    return {
        "rehearsal": rehearsal,
        "title": _now("Rehearsal: %(scheme)s") % {"scheme": scheme},
        "subtitle": _now("%(months)s, asked for by %(who)s. Nothing in here is a score.")
        % {"months": months_words(rehearsal), "who": rehearsal.asked_by.name},
        "state": rehearsal_badge(rehearsal),
        "crumbs": [
            (_("Schemes"), reverse("assessments:schemes")),
            (str(scheme), scheme.get_absolute_url()),
            (_("Rehearsals"), reverse("assessments:rehearsals")),
            (months_words(rehearsal), ""),
        ],
        "job": job_context(rehearsal),
        "may_rehearse": scope.may("assessments.rehearse"),
        "is_outdated": services.content_of(scheme) != rehearsal.content,
    }


def rehearsal_tabs(request: HttpRequest, rehearsal: Rehearsal, current: str) -> list[dict[str, Any]]:
    """Departments, and where either rules score people these and what they are paid, for those who read rewards."""
    scope = scope_of(request)
    if current == "departments" and not has_people(scope, rehearsal):
        return []
    names = {"departments": (_("Departments"), "rehearsal"), "people": (_("People"), "rehearsal_people")}
    if sees_rewards(scope):
        names["pay"] = (_("Rewards"), "rehearsal_pay")
    return [
        {
            "label": label,
            "url": reverse(f"assessments:{name}", args=[rehearsal.pk]),
            "is_current": current == key,
        }
        for key, (label, name) in names.items()
    ]


def job_context(rehearsal: Rehearsal) -> dict[str, Any] | None:
    """The job while it runs, or why it failed; None once it is done."""
    job = rehearsal.job
    if rehearsal.state == RehearsalState.DONE:
        return None
    is_open = rehearsal.state == RehearsalState.WAITING and not is_given_up(rehearsal)
    return {
        "is_open": is_open,
        "done": job.done_count if job else 0,
        "total": job.total_count if job else 0,
        "error": rehearsal.problem or (job.error if job else ""),
        "url": reverse("jobs:detail", args=[job.pk]) if job else "",
    }


def outcome_context(found: Outcome) -> dict[str, Any]:
    """Figures, charts and months as plain values."""
    whole = found.whole
    return {
        "whole": whole,
        "mean": mean_words(whole),
        "up": whole.rank_up,
        "down": whole.rank_down,
        "moves": [
            {"label": _("Better rank"), "value": whole.rank_up, "tone": 3},
            {"label": _("Same rank"), "value": whole.rank_same, "tone": 5},
            {"label": _("Worse rank"), "value": whole.rank_down, "tone": 4},
        ],
        "grades": grades_chart(found.grades),
        "means": means_chart(found),
        "months": [month_row(one.month, one.counts) for one in found.months],
        "coefficients": coefficient_words(found.coefficients.before, found.coefficients.after),
    }


def mean_words(counts: BothSides) -> dict[str, Any]:
    """The mean score before and after, and how far it moves."""
    return {"old": shown(counts.old_mean), "new": shown(counts.new_mean), "change": counts.mean_change}


def grades_chart(grades: Sequence[GradeShift]) -> dict[str, Any]:
    """How often each grade is given before and after."""
    return {
        "labels": [one.grade or _("none") for one in grades],
        "series": [
            Series(_now("Before"), [one.before for one in grades]),
            Series(_now("After"), [one.after for one in grades]),
        ],
    }


def means_chart(found: Outcome) -> dict[str, Any] | None:
    """The mean score of each month before and after; None for less than two months."""
    if len(found.months) < 2:
        return None
    return {
        "labels": [date_format(one.month, "M y") for one in found.months],
        "series": [
            Series(_now("Before"), [one.counts.old_mean for one in found.months]),
            Series(_now("After"), [one.counts.new_mean for one in found.months]),
        ],
    }


def month_row(month: date, counts: Counts) -> dict[str, Any]:
    """One month as the table draws it."""
    address = f"?month={month:%Y-%m}#list"
    return {"month": month, "url": address, **counts_row(counts, counts.rank_up, counts.rank_down)}


def counts_row(counts: BothSides, up: int, down: int) -> dict[str, Any]:
    """What the table draws of a month or a role; UP and DOWN: how many are better or worse by it."""
    return {
        "mean": mean_words(counts),
        "up": up,
        "down": down,
        "grades": counts.grade_changed,
        "one_sided": counts.lost + counts.gained,
    }


def coefficient_words(before: Decimal | None, after: Decimal | None) -> dict[str, Any] | None:
    """What rewards would be multiplied by on average; None where neither side's rules say anything."""
    if before is None and after is None:
        return None
    change = after - before if before is not None and after is not None else None
    return {"before": shown(before, 4), "after": shown(after, 4), "change": change}
