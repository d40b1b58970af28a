"""The first step: a file comes in, is looked into, and gets a run with a suggested mapping."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.files import File
from django.db import transaction

from apps.accounts.models import User
from apps.core.history import because
from apps.core.scope import Scope
from apps.files.services import store_file
from apps.imports.choices import RunState
from apps.imports.models import ImportMapping, ImportRun
from apps.imports.rules.cells import style_of
from apps.imports.rules.reshaping import RESHAPING, headings_with
from apps.imports.rules.suggesting import columns_named, heading_digest, names_of, suggest_mapping
from apps.imports.services.reading import Table, clean_layout, read_attachment, read_table
from apps.imports.services.runs import attachment_of, open_run, require_capability
from apps.imports.services.targets import ImportTarget, target_named

SAMPLE_ROWS = 8
FILE_OWNER = "imports.run"


def start_import(
    *,
    target: str,
    upload: "File[Any]",
    layout: dict[str, Any] | None = None,
    by: User,
    scope: Scope,
    now: datetime,
) -> ImportRun:
    """Take a file for an importer: look into it, keep it, suggest how its columns map.

    Needs imports.run and the target's own capability. Refuses an unknown target and any file that cannot be read safely;
    then nothing is kept.
    """
    chosen = target_named(target)
    require_capability(chosen, scope)
    wanted = clean_layout(layout or {})
    table = read_upload(upload, chosen, wanted)
    with transaction.atomic(), because("imports.uploaded", by=by):
        run = ImportRun(target=chosen.name, started_by=by, handled_by=by, started_at=now, file_name="")
        take_over(run, table, wanted, chosen)
        run.save()
        run.attachment = store_file(
            upload=upload, owner_kind=FILE_OWNER, owner_id=run.pk, by=by, now=now, kind=table.kind
        )
        run.file_name = run.attachment.name
        run.save(update_fields=["attachment", "file_name"])
    return run


def read_upload(upload: "File[Any]", target: ImportTarget, layout: dict[str, Any]) -> Table:
    """The first rows of a file that is not stored yet; leaves it at its beginning."""
    upload.seek(0)
    table = read_table(upload, name=str(upload.name or "file"), layout=layout, known=known_names(target), is_peek=True)
    upload.seek(0)
    return table


def known_names(target: ImportTarget) -> list[str]:
    """Names a heading row of this target would have."""
    return sorted({name for spec in target.fields for name in names_of(spec)})


def take_over(run: ImportRun, table: Table, wanted: dict[str, Any], target: ImportTarget) -> None:
    """Write what was found in the file into the run; the saved mapping of the same headings is suggested first."""
    style = style_of([cells for _line, cells in table.rows])
    found = {"decimal": style.decimal, "date_order": style.date_order}
    run.file_format = table.kind
    run.layout = {**found, **table.layout, **{key: wanted[key] for key in found if key in wanted}}
    run.headings = table.headings
    run.sample = [[line, *map(storable_cell, cells)] for line, cells in table.rows[:SAMPLE_ROWS]]
    run.mapping = proposed_mapping(target, table.headings)


def proposed_mapping(target: ImportTarget, headings: list[str]) -> dict[str, Any]:
    """The mapping saved last for the same headings, else what the headings suggest."""
    saved = ImportMapping.objects.filter(target=target.name, heading_digest=heading_digest(headings))
    newest = saved.order_by("-updated_at").first()
    return newest.rules if newest else suggest_mapping(target.fields, headings)


def storable_cell(cell: Any) -> Any:
    """A sample's cell as JSON can hold it: decimals as numbers."""
    return float(cell) if isinstance(cell, Decimal) else cell


def relayout_import(
    *, run: ImportRun, layout: dict[str, Any], mapping: dict[str, Any] | None = None, by: User, now: datetime
) -> ImportRun:
    """Read the file again under another encoding, delimiter, sheet, heading row or way to write numbers and dates.

    Whoever may run the import may. What was matched so far (MAPPING, else the stored one) stays as far as its columns are
    still there. Refuses once the run is being or has been imported.
    """
    del now
    target = target_named(run.target)
    wanted = clean_layout(layout)
    table = read_attachment(attachment_of(run), layout=wanted, known=known_names(target), is_peek=True)
    with transaction.atomic(), because("imports.layout_changed", by=by):
        locked = open_run(run)
        headings, matched = locked.headings, mapping or locked.mapping
        take_over(locked, table, wanted, target)
        locked.mapping = matched if locked.headings == headings else carried_over(matched, locked)
        locked.state = RunState.UPLOADED
        locked.save(update_fields=["layout", "headings", "sample", "mapping", "file_format", "state"])
    return locked


def carried_over(matched: dict[str, Any], run: ImportRun) -> dict[str, Any]:
    """What was matched under other headings, where its columns are still there; for the rest what the new ones suggest."""
    known = headings_with(matched, run.headings)
    kept = {
        name: source
        for name, source in matched.get("fields", {}).items()
        if not set(columns_named({"fields": {name: source}})) - {"", *known}
    }
    reshaped = {key: matched[key] for key in RESHAPING if key in matched}
    if len(known) == len(run.headings):
        reshaped.pop("unpivot", None)
    return {**run.mapping, **reshaped, "fields": {**run.mapping.get("fields", {}), **kept}}
