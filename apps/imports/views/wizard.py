"""The way of a file: sent, matched, looked at, imported, taken back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.http.access import allow, unattended
from apps.audit.selectors import history_of
from apps.core.clock import now
from apps.core.errors import Refusal
from apps.core.http.cells import NOTHING, month_text, plain_text
from apps.core.http.forms import add_refusal, form_response
from apps.core.http.listing import Badge, Column, Filter, ListSpec, list_response
from apps.imports.choices import CommitMode, RunState
from apps.imports.forms import MAPPING_FORM, CommitForm, LayoutForm, MappingForm, SaveMappingForm, UndoForm, UploadForm
from apps.imports.models import ImportProblem, ImportRun
from apps.imports.rules.suggesting import heading_digest, unused_columns
from apps.imports.selectors import commonest_problems, earlier_import_of, problems_of, run_for, saved_mappings
from apps.imports.services.checking import map_import, save_mapping
from apps.imports.services.committing import request_commit, request_undo
from apps.imports.services.preparing import first_rows
from apps.imports.services.problems import kind_label
from apps.imports.services.runs import cancel_import, is_stuck
from apps.imports.services.targets import FieldSpec, target_named, targets_for
from apps.imports.services.uploading import relayout_import, start_import
from apps.imports.views.listing import state_badge, target_label

form_page = require_http_methods(["GET", "POST"])
STEPS = (_("File"), _("Columns"), _("Check"), _("Done"))
AT_STEP = {RunState.UPLOADED: 1, RunState.CHECKING: 2, RunState.CHECKED: 2, RunState.FAILED: 2, RunState.COMMITTING: 2}


def kind_badge(row: ImportProblem) -> Badge:
    """Whether the row cannot be imported, or only looks wrong."""
    return Badge(kind_label(row), "warning" if row.is_warning else "danger")


PROBLEMS = ListSpec(
    name="import-problems",
    title=_("Problems"),
    columns=(
        Column("line", _("Row"), kind="number", order_by="line"),
        Column("column", _("Column"), order_by="column"),
        Column("value", _("Value")),
        Column("message", _("Problem"), order_by="message"),
        Column("kind", _("Kind"), value=kind_badge, kind="badge", order_by="is_warning"),
    ),
    filters=(
        Filter(
            "kind",
            _("Kind"),
            choices=(("problem", _("Problem")), ("warning", _("Warning"))),
            apply=lambda rows, value: rows.filter(is_warning=value == "warning"),
        ),
    ),
    search=("message__icontains", "column__icontains", "value__icontains"),
    default_order="line",
    page_size=25,
    empty_title=_("No problems"),
    empty_text=_("Every row can be imported."),
    empty_icon="circle-check",
)


def found_run(request: HttpRequest, pk: int) -> ImportRun:
    """The run, if this person may see it."""
    scope = request.scope  # type: ignore[attr-defined]
    return run_for(scope, pk, targets=[target.name for target in targets_for(scope)])


def steps_for(run: ImportRun | None) -> list[dict[str, Any]]:
    """The steps of the way, the present one marked."""
    at = 0 if run is None else AT_STEP.get(RunState(run.state), 3)
    return [{"label": label, "is_done": index < at, "is_current": index == at} for index, label in enumerate(STEPS)]


@form_page
@allow("imports.run")
def upload_page(request: HttpRequest) -> HttpResponse:
    """Choose what is in the file, and the file."""
    scope = request.scope  # type: ignore[attr-defined]
    targets = targets_for(scope)
    given = request.POST.get("target") or request.GET.get("target", "")
    form = UploadForm(request.POST or None, request.FILES or None, targets=targets, initial={"target": given})
    if request.method == "POST" and form.is_valid():
        try:
            run = start_import(
                target=form.cleaned_data["target"],
                upload=form.cleaned_data["file"],
                by=request.user,  # type: ignore[arg-type]
                scope=scope,
                now=now(),
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("imports:map", run.pk)
    return form_response(
        request,
        form=form,
        title=_("New import"),
        submit_label=_("Continue"),
        back_url=reverse("imports:list"),
        template="imports/upload.html",
        context={"targets": targets, "steps": steps_for(None), "crumbs": crumbs()},
    )


def crumbs(run: ImportRun | None = None) -> list[tuple[Any, str]]:
    """The way here."""
    way: list[tuple[Any, str]] = [(_("Imports"), reverse("imports:list"))]
    return [*way, (run.file_name, reverse("imports:detail", args=[run.pk]))] if run else way


@form_page
@allow("imports.run")
def map_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Match columns to fields."""
    run = found_run(request, pk)
    if run.state in {RunState.COMMITTED, RunState.UNDONE, RunState.CANCELLED}:
        return redirect("imports:detail", run.pk)
    target = target_named(run.target)
    mapping = chosen_mapping(request, run)
    form = MappingForm(request.POST or None, target=target, headings=run.headings, mapping=mapping)
    if request.method == "POST" and form.is_valid():
        try:
            map_import(
                run=run,
                mapping=form.cleaned_data["mapping"],
                by=request.user,  # type: ignore[arg-type]
                scope=request.scope,  # type: ignore[attr-defined]
                now=now(),
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("imports:detail", run.pk)
    return form_response(
        request,
        form=form,
        title=_("Match the columns"),
        submit_label=_("Check the rows"),
        back_url=reverse("imports:list"),
        template="imports/map.html",
        context=map_context(run, form),
    )


def map_context(run: ImportRun, form: MappingForm) -> dict[str, Any]:
    """What stands beside the form: samples, layout, saved mappings, an earlier import of the same file."""
    return {
        "run": run,
        "form_id": MAPPING_FORM,
        "draft_key": f"{run.pk}:{heading_digest(run.headings)[:12]}",
        "lines": form.lines(),
        "samples": column_samples(run),
        "layout_form": LayoutForm(layout=run.layout, file_format=run.file_format),
        "saved": saved_mappings([run.target]),
        "steps": steps_for(run),
        "crumbs": crumbs(run),
        "subtitle": target_label(run.target),
        "earlier": earlier_import_of(run),
    }


def chosen_mapping(request: HttpRequest, run: ImportRun) -> dict[str, Any]:
    """The run's mapping, or the saved one the person picked."""
    picked = request.GET.get("mapping", "")
    if picked.isdecimal():
        saved = saved_mappings([run.target]).filter(pk=int(picked)).first()
        if saved is not None:
            return dict(saved.rules)
    return dict(run.mapping)


def column_samples(run: ImportRun) -> dict[str, list[str]]:
    """What each column holds in the first rows, by the value that chooses it."""
    return {
        f"column:{index}": [text for row in run.sample if len(row) > index + 1 and (text := cell_text(row[index + 1]))][
            :3
        ]
        for index in range(len(run.headings))
    }


def cell_text(cell: Any) -> str:
    """A sample cell in short."""
    shown = cell.get("d", cell.get("text", "")) if isinstance(cell, dict) else cell
    return "" if shown is None else str(shown)[:40]


@require_POST
@allow("imports.run")
def change_layout(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the file again in another way."""
    run = found_run(request, pk)
    form = LayoutForm(request.POST, layout=run.layout, file_format=run.file_format)
    if form.is_valid():
        try:
            relayout_import(
                run=run,
                layout=form.cleaned_data,
                mapping=matched_so_far(request, run),
                by=request.user,  # type: ignore[arg-type]
                now=now(),
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
    else:
        messages.error(request, _("The layout was not changed: %(why)s") % {"why": first_error(form)})
    return redirect("imports:map", run.pk)


def matched_so_far(request: HttpRequest, run: ImportRun) -> dict[str, Any] | None:
    """What the mapping form beside the layout said when it was sent with it; None when it was not or cannot be read."""
    if not any(name.startswith("how_") for name in request.POST):
        return None
    form = MappingForm(request.POST, target=target_named(run.target), headings=run.headings, mapping=run.mapping)
    form.is_valid()
    found: dict[str, Any] | None = form.cleaned_data.get("mapping")
    return found


def first_error(form: Any) -> str:
    """The first thing wrong with a form."""
    return str(next(iter(form.errors.values()))[0])


def preview_of(run: ImportRun) -> dict[str, Any]:
    """The first rows as they would be imported, and the fields they are read into."""
    target = target_named(run.target)
    specs = [spec for spec in target.fields if spec.name in run.mapping["fields"]]
    rows = [
        {"line": row.line, "cells": [value_text(spec, row.values.get(spec.name)) for spec in specs]}
        for row in first_rows(run, target=target)
    ]
    return {"specs": specs, "rows": rows}


def value_text(spec: FieldSpec, value: Any) -> str:
    """A typed value as a person reads it, so that day and month or point and comma cannot be mistaken."""
    if spec.kind == "choice" and value is not None:
        return str(dict(spec.choices)[value])
    if spec.kind == "month" and value is not None:
        return month_text(value)
    return NOTHING if value is None else plain_text(value)


@require_GET
@allow("imports.run")
def detail_page(request: HttpRequest, pk: int) -> Any:
    """A run as it stands: problems and the choice to import, progress, or what it did."""
    run = found_run(request, pk)
    if run.state == RunState.UPLOADED:
        return redirect("imports:map", run.pk)
    context = {
        "run": run,
        "title": run.file_name,
        "subtitle": target_label(run.target),
        "state": state_badge(run),
        "is_stuck": is_stuck(run),
        "is_waiting": run.job is not None and run.job.is_open,
        "good_count": run.row_count - run.bad_row_count,
        "modes": CommitMode.choices,
        "commonest": commonest_problems(run),
        "unused": unused_columns(run.mapping, run.headings),
        "preview": preview_of(run) if run.state == RunState.CHECKED else None,
        "earlier": earlier_import_of(run) if run.state == RunState.CHECKED else None,
        "steps": steps_for(run),
        "crumbs": crumbs(),
        "entries": history_of(run, scope=request.scope),  # type: ignore[attr-defined]
    }
    return list_response(
        request, spec=PROBLEMS, queryset=problems_of(run), template="imports/detail.html", context=context
    )


@unattended
@require_GET
@allow("imports.run")
def progress_part(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the job is; once it has ended the page is read anew."""
    run = found_run(request, pk)
    if run.job is None or not run.job.is_open:
        return HttpResponseClientRefresh()
    return render(request, "imports/_progress.html", {"run": run})


@require_POST
@allow("imports.run")
def commit_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Start the import."""
    run = found_run(request, pk)
    form = CommitForm(request.POST)
    given = form.cleaned_data if form.is_valid() else {}
    request_commit(
        run=run,
        mode=given.get("mode", ""),
        is_confirmed=given.get("confirmed", False),
        by=request.user,  # type: ignore[arg-type]
        scope=request.scope,  # type: ignore[attr-defined]
        now=now(),
    )
    return redirect("imports:detail", run.pk)


@require_POST
@allow("imports.run")
def cancel_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Call the import off."""
    run = found_run(request, pk)
    cancel_import(run=run, by=request.user, now=now())  # type: ignore[arg-type]
    messages.success(request, _("The import is called off. Nothing of it was stored."))
    return redirect("imports:list")


@form_page
@allow("imports.run")
def undo_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an import back, saying why."""
    run = found_run(request, pk)
    form = UndoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            request_undo(
                run=run,
                reason=form.cleaned_data["reason"],
                by=request.user,  # type: ignore[arg-type]
                scope=request.scope,  # type: ignore[attr-defined]
                now=now(),
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("imports:detail", run.pk)
    intro = _("%(created)s new records are removed and %(changed)s changed ones get their former values back.")
    return form_response(
        request,
        form=form,
        title=_("Take back “%(file)s”") % {"file": run.file_name},
        submit_label=_("Take it back"),
        back_url=reverse("imports:detail", args=[run.pk]),
        context={
            "tone": "danger",
            "intro": intro % {"created": run.created_count, "changed": run.changed_count},
            "crumbs": crumbs(run),
        },
    )


@form_page
@allow("imports.run")
def save_mapping_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the run's mapping for next time."""
    run = found_run(request, pk)
    form = SaveMappingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            kept = save_mapping(run=run, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The mapping is saved as “%(name)s”.") % {"name": kept.name})
            return redirect("imports:detail", run.pk)
    return form_response(
        request,
        form=form,
        title=_("Save the mapping"),
        back_url=reverse("imports:detail", args=[run.pk]),
        context={"crumbs": crumbs(run)},
    )
