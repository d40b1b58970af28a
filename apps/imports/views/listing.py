"""All imports, the saved mappings, and a file to start from."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.http.access import allow
from apps.core import exports
from apps.core.http.listing import Badge, Column, Filter, ListSpec, list_response
from apps.imports.choices import RunState
from apps.imports.models import ImportRun
from apps.imports.selectors import mapping_for, saved_mappings, visible_runs
from apps.imports.services.checking import forget_mapping
from apps.imports.services.targets import import_targets, target_named, targets_for

TONES = {
    RunState.UPLOADED: "info",
    RunState.CHECKING: "info",
    RunState.CHECKED: "warning",
    RunState.COMMITTING: "info",
    RunState.COMMITTED: "success",
    RunState.FAILED: "danger",
}


def state_badge(run: ImportRun) -> Badge:
    """The run's state and its colour."""
    return Badge(run.get_state_display(), TONES.get(RunState(run.state), "neutral"))


def target_label(name: str) -> Any:
    """The importer's name for people; its code when this installation no longer has it."""
    target = import_targets().get(name)
    return target.label if target else name


def target_choices(request: HttpRequest) -> list[tuple[str, Any]]:
    """The importers this person may run."""
    return [(target.name, target.label) for target in targets_for(request.scope)]  # type: ignore[attr-defined]


SPEC = ListSpec(
    name="imports",
    title=_("Imports"),
    subtitle=_("Files that brought or will bring data in. Every one can be looked into, and taken back."),
    columns=(
        Column(
            "file_name",
            _("File"),
            kind="link",
            order_by="file_name",
            url=lambda row: reverse("imports:detail", args=[row.pk]),
            note=lambda row: target_label(row.target),
        ),
        Column("state", _("State"), value=state_badge, kind="badge", order_by="state"),
        Column("row_count", _("Rows"), kind="number", order_by="row_count"),
        Column("bad_row_count", _("With problems"), kind="number", order_by="bad_row_count"),
        Column("created_count", _("Created"), kind="number", order_by="created_count"),
        Column("changed_count", _("Changed"), kind="number", order_by="changed_count"),
        Column("started_by", _("Started by"), value="started_by.name", kind="user", order_by="started_by__name"),
        Column("started_at", _("Started"), kind="moment", order_by="started_at"),
    ),
    filters=(
        Filter("target", _("Importer"), choices=target_choices, apply=lambda rows, value: rows.filter(target=value)),
        Filter("state", _("State"), choices=RunState.choices, apply=lambda rows, value: rows.filter(state=value)),
    ),
    search=("file_name__icontains", "started_by__name__icontains"),
    default_order="-started_at",
    empty_title=_("Nothing has been imported yet"),
    empty_text=_("Send a spreadsheet: you match its columns, see every problem by row, and only then import."),
    empty_icon="upload",
)


@require_GET
@allow("imports.run")
def list_page(request: HttpRequest) -> HttpResponseBase:
    """The imports this person may see."""
    scope = request.scope  # type: ignore[attr-defined]
    rows = visible_runs(scope, targets=[target.name for target in targets_for(scope)])
    return list_response(
        request, spec=SPEC, queryset=rows, template="imports/list.html", context={"tabs": tabs("list")}
    )


def tabs(current: str) -> list[dict[str, Any]]:
    """The two lists of this app."""
    pages = (("list", _("Imports"), "upload"), ("mappings", _("Saved mappings"), "adjustments"))
    return [
        {"label": label, "url": reverse(f"imports:{name}"), "icon": glyph, "is_current": name == current}
        for name, label, glyph in pages
    ]


@require_GET
@allow("imports.run")
def mappings_page(request: HttpRequest) -> HttpResponse:
    """The saved mappings of the importers this person may run."""
    targets = targets_for(request.scope)  # type: ignore[attr-defined]
    rows = saved_mappings([target.name for target in targets])
    shown = [
        {"mapping": row, "target": target_label(row.target), "fields": row.rules.get("fields", {})} for row in rows
    ]
    context = {"title": _("Imports"), "tabs": tabs("mappings"), "mappings": shown}
    return render(request, "imports/mappings.html", context)


@require_POST
@allow("imports.run")
def remove_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a saved mapping."""
    scope = request.scope  # type: ignore[attr-defined]
    mapping = mapping_for(pk, targets=[target.name for target in targets_for(scope)])
    forget_mapping(mapping=mapping, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("“%(name)s” is removed.") % {"name": mapping.name})
    return redirect("imports:mappings")


@require_GET
@allow("imports.run")
def template_file(request: HttpRequest, target: str) -> FileResponse:
    """An empty workbook with the target's headings, to be filled in."""
    chosen = target_named(target)
    del request
    columns = [(spec.name, str(spec.label)) for spec in chosen.fields]
    return FileResponse(exports.write_xlsx(columns, []), as_attachment=True, filename=f"{chosen.name}.xlsx")
