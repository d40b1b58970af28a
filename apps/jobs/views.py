"""Pages of jobs: all runs for operators, one run with live progress for whoever started it, outgoing messages."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.http.access import allow, unattended
from apps.core.clock import now
from apps.core.errors import NotFound
from apps.core.http.listing import Badge, Column, Filter, ListSpec, list_response
from apps.jobs import selectors, services
from apps.jobs.choices import JobState, OutboxState
from apps.jobs.models import JobRun, Outbox

RUN_TONES = {
    JobState.QUEUED: "neutral",
    JobState.RUNNING: "info",
    JobState.DONE: "success",
    JobState.FAILED: "danger",
    JobState.CANCELLED: "warning",
}
MESSAGE_TONES = {
    OutboxState.WAITING: "neutral",
    OutboxState.SENDING: "info",
    OutboxState.SENT: "success",
    OutboxState.FAILED: "danger",
}


def run_badge(run: JobRun) -> Badge:
    """The state of a run as a coloured word."""
    return Badge(run.get_state_display(), RUN_TONES[JobState(run.state)])


def message_badge(message: Outbox) -> Badge:
    """The state of a message as a coloured word."""
    return Badge(message.get_state_display(), MESSAGE_TONES[OutboxState(message.state)])


def period_words(run: JobRun) -> str:
    """What a run is for, in words: an hour, a day, a month, a numbered thing."""
    text = run.period
    for form, words in (("%Y-%m-%dT%H", "j M Y, H:i"), ("%Y-%m-%d", "j M Y"), ("%Y-%m", "M Y")):
        try:
            return date_format(datetime.strptime(text, form), words)  # noqa: DTZ007 - the company's wall clock
        except ValueError:
            continue
    return gettext("No. %(number)s") % {"number": text} if text.isdecimal() else text


def progress_words(run: JobRun) -> str:
    """How far a run is, in figures."""
    return f"{run.done_count:,} / {run.total_count:,}" if run.total_count else ""


def kind_choices(_request: HttpRequest) -> list[tuple[str, Any]]:
    """Every kind of job this release knows."""
    return sorted(((kind.kind, kind.label) for kind in services.KINDS.values()), key=lambda choice: str(choice[1]))


def run_url(run: JobRun) -> str:
    """The page of a run."""
    return reverse("jobs:detail", args=[run.pk])


RUNS = ListSpec(
    name="jobs",
    title=_("Jobs"),
    subtitle=_("Work the portal does on its own or was asked for. Every run is kept with its result."),
    columns=(
        Column(
            "kind",
            _("Job"),
            value=services.label_of,
            order_by="kind",
            kind="link",
            url=run_url,
            note="note",
        ),
        Column("period", _("For"), value=period_words, order_by="period"),
        Column("version", _("Version"), kind="number", is_export_only=True),
        Column("state", _("State"), value=run_badge, kind="badge", order_by="state"),
        Column("progress", _("Progress"), value=progress_words, kind="number"),
        Column("started_by", _("Started by"), value=lambda run: run.started_by or _("The portal")),
        Column("created_at", _("Asked for"), kind="moment", order_by="id"),
        Column("finished_at", _("Ended"), kind="moment", order_by="finished_at", nulls_last=True),
        Column("attempt_count", _("Attempts"), kind="number", is_export_only=True),
        Column("error", _("What went wrong"), is_export_only=True),
    ),
    filters=(
        Filter("state", _("State"), choices=JobState.choices, apply=lambda rows, value: rows.filter(state=value)),
        Filter("kind", _("Job"), choices=kind_choices, apply=lambda rows, value: rows.filter(kind=value)),
    ),
    search=("kind__icontains", "period__icontains", "note__icontains", "started_by__name__icontains"),
    default_order="-id",
    empty_title=_("No jobs yet"),
    empty_text=_("Imports, nightly runs and mail appear here as soon as something is to do."),
    empty_icon="activity",
)

OUTGOING = ListSpec(
    name="messages",
    title=_("Outgoing messages"),
    subtitle=_("Mail and webhook calls on their way out of the portal."),
    columns=(
        Column("topic", _("Kind"), value=services.topic_label, order_by="topic"),
        Column("key", _("Key"), note="error"),
        Column("state", _("State"), value=message_badge, kind="badge", order_by="state"),
        Column("attempt_count", _("Attempts"), kind="number", order_by="attempt_count"),
        Column("created_at", _("Written"), kind="moment", order_by="id"),
        Column(
            "due_at",
            _("Next attempt"),
            value=lambda row: row.due_at if row.state == OutboxState.WAITING else None,
            kind="moment",
        ),
        Column("sent_at", _("Sent"), kind="moment", order_by="sent_at", nulls_last=True),
        Column(
            "again",
            "",
            value=lambda row: _("Send again") if row.state == OutboxState.FAILED else None,
            kind="link",
            url=lambda row: (
                reverse("jobs:send_message_again", args=[row.pk]) if row.state == OutboxState.FAILED else None
            ),
        ),
    ),
    filters=(
        Filter("state", _("State"), choices=OutboxState.choices, apply=lambda rows, value: rows.filter(state=value)),
    ),
    search=("topic__icontains", "key__icontains", "error__icontains"),
    default_order="-id",
    empty_title=_("Nothing was sent yet"),
    empty_icon="mail",
)


def tabs_for(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """Runs and messages, for those who may see both."""
    if not request.scope.may("jobs.view"):  # type: ignore[attr-defined]
        return []
    pages = (("list", _("Jobs"), "activity"), ("messages", _("Outgoing messages"), "mail"))
    return [
        {"label": label, "url": reverse(f"jobs:{name}"), "icon": icon, "is_current": name == current}
        for name, label, icon in pages
    ]


@require_GET
@allow("jobs.view", "jobs.view_own")
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Runs: all of them for operators, else those the person started."""
    scope = request.scope  # type: ignore[attr-defined]
    context = {
        "tabs": tabs_for(request, "list"),
        "counts": selectors.job_counts() if scope.may("jobs.view") else None,
    }
    return list_response(
        request, spec=RUNS, queryset=selectors.visible_runs(scope), template="jobs/list.html", context=context
    )


def detail_context(request: HttpRequest, pk: int) -> dict[str, Any]:
    """What the page of a run and its live part show."""
    scope = request.scope  # type: ignore[attr-defined]
    run = selectors.run_for(scope, pk)
    return {
        "run": run,
        "badge": run_badge(run),
        "label": services.label_of(run),
        "period": period_words(run),
        "facts": selectors.result_facts(run),
        "shards": selectors.shard_states(run) if run.shard_count else [],
        "may_retry": selectors.may_manage(scope) and run.state in {JobState.FAILED, JobState.CANCELLED},
        "may_cancel": selectors.may_manage(scope) and run.is_open and not run.is_cancel_asked,
        "waits_until": run.due_at if run.state == JobState.QUEUED and run.due_at > now() else None,
    }


@require_GET
@allow("jobs.view", "jobs.view_own")
def detail_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: how far it is, what it gave, what went wrong."""
    context = detail_context(request, pk)
    crumbs = [(_("Jobs"), reverse("jobs:list")), (context["label"], "")]
    return render(request, "jobs/detail.html", {**context, "title": context["label"], "crumbs": crumbs})


@unattended
@require_GET
@allow("jobs.view", "jobs.view_own")
def progress_part(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of a run's page, fetched again while the run is open."""
    return render(request, "jobs/_progress.html", detail_context(request, pk))


@require_POST
@allow("jobs.manage")
def retry_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Start a failed or cancelled run again."""
    run = selectors.run_for(request.scope, pk)  # type: ignore[attr-defined]
    services.requeue(run=run, by=request.user, now=now())  # type: ignore[arg-type]
    messages.success(request, _("The job was started again."))
    return redirect("jobs:detail", pk)


@require_POST
@allow("jobs.manage")
def cancel_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Call a run off."""
    run = selectors.run_for(request.scope, pk)  # type: ignore[attr-defined]
    services.cancel(run=run, by=request.user, now=now())  # type: ignore[arg-type]
    messages.success(request, _("The job is being cancelled; what it has not finished is undone."))
    return redirect("jobs:detail", pk)


@require_GET
@allow("jobs.view")
def messages_page(request: HttpRequest) -> HttpResponseBase:
    """Mail and webhook calls, waiting, sent and given up."""
    rows = selectors.outgoing_messages(request.scope)  # type: ignore[attr-defined]
    return list_response(request, spec=OUTGOING, queryset=rows, context={"tabs": tabs_for(request, "messages")})


@require_http_methods(["GET", "POST"])
@allow("jobs.manage")
def send_message_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then put a message that was given up back to be sent."""
    message = selectors.message_for(request.scope, pk)  # type: ignore[attr-defined]
    if message.state != OutboxState.FAILED:
        raise NotFound(_("This message is not one that was given up."))
    if request.method != "POST":
        return render(request, "jobs/send_again.html", {"message": message, "label": services.topic_label(message)})
    services.send_again(message=message, now=now())
    messages.success(request, _("The message will be sent again."))
    return redirect("jobs:messages")
