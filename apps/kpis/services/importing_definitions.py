"""Definitions from files: new indicators, and what known ones are from a month on."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.core.history import because
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.imports.models import ImportRun
from apps.imports.services.targets import CommitResult, FieldSpec, ImportRow, ImportTarget, RowError
from apps.kpis.models import Kpi, KpiSeries, KpiTarget, KpiVersion
from apps.kpis.services.definitions import ALWAYS, FIELDS, Definition, Identity, change_definition, checked, define_kpi
from apps.kpis.services.importing import DEPARTMENT, KPI
from apps.kpis.services.loading import define_kpis
from apps.kpis.services.matching import CODE_LENGTH, WHAT_IT_IS, Batch, definition_of, departments_in
from apps.kpis.services.refusals import UndoRefused, fault_words

NUMBERS = (
    FieldSpec("minimum", gettext_lazy("Lowest possible value"), kind="number"),
    FieldSpec("maximum", gettext_lazy("Highest possible value"), kind="number"),
    FieldSpec("amber_pct", gettext_lazy("Slightly off up to, %"), kind="number", minimum=0),
)


class DefinitionTarget(ImportTarget):
    """What is measured."""

    name = "kpis.definitions"
    label = gettext_lazy("KPI definitions")
    help = gettext_lazy(
        "One row a KPI and first month, found by owning department and code. A known KPI is measured otherwise from that "
        "month on; earlier months keep what they were measured by. Rows that say what is known change nothing."
    )
    capability = "kpis.manage"
    key_fields = ("department", "kpi", "first_month")
    fields = (
        DEPARTMENT,
        KPI,
        FieldSpec(
            "first_month",
            gettext_lazy("From month"),
            kind="month",
            aliases=("valid from", "from", "since"),
            help=gettext_lazy("Empty: for all that was ever measured."),
        ),
        *WHAT_IT_IS,
        *NUMBERS,
        FieldSpec("formula", gettext_lazy("Formula"), max_length=500),
        FieldSpec("reason", gettext_lazy("Why it changed"), max_length=500, aliases=("note", "comment")),
    )

    def check(self, rows: Sequence[ImportRow], *, scope: Scope, now: datetime) -> list[RowError]:
        """Everything wrong with these rows, found by defining them and taking it back."""
        del scope
        with transaction.atomic():
            batch, _result = put_in_force(rows, by=None, now=now, reason=self.name)
            transaction.set_rollback(True)
        return batch.errors

    def commit(self, rows: Sequence[ImportRow], *, by: User, now: datetime, import_run: ImportRun) -> CommitResult:
        """Define what is new and change what is known, in the order of the file."""
        reason = _("Imported from %(file)s") % {"file": import_run.file_name}
        with transaction.atomic():
            batch, result = put_in_force(rows, by=by, now=now, reason=reason)
            if batch.errors:
                raise UndoRefused(batch.errors[0].message)
        return result

    def undo(self, entries: Sequence[dict[str, Any]], *, by: User, now: datetime) -> None:
        """Remove new KPIs nothing stands on yet; measure the others as before."""
        with transaction.atomic(), because("kpis.import_undone", by=by):
            for entry in entries:
                kpi = Kpi.objects.get(pk=entry["kpi"])
                if entry["version"] is None:
                    remove_unused(kpi)
                    continue
                former = KpiVersion.objects.filter(
                    kpi=kpi, valid__startswith=date.fromisoformat(entry["first"])
                ).first()
                if former is None or [str(getattr(former, name)) for name in FIELDS] != entry["after"]:
                    message = _("%(kpi)s was defined anew since this import, so it cannot be undone.")
                    raise UndoRefused(message % {"kpi": kpi})
                change_definition(
                    kpi=kpi,
                    definition=definition_from(entry["version"]),
                    valid_from=date.fromisoformat(entry["first"]),
                    reason=_("Import undone"),
                    by=by,
                    now=now,
                )


def put_in_force(
    rows: Sequence[ImportRow], *, by: User | None, now: datetime, reason: str
) -> tuple[Batch, CommitResult]:
    """Define and change, one row after the other where a formula or a known KPI asks for it; the rest at once."""
    batch = Batch(rows)
    places = departments_in(rows, ("department",))
    known = {key_of(kpi.department_id, kpi.code): kpi for kpi in Kpi.objects.filter(department__in=places.values())}
    plain, later = parted(batch, places, set(known))
    wanted = [(Identity(department=place, code=row.values["kpi"]), definition) for row, place, definition in plain]
    made = define_kpis(wanted=wanted, by=by, reason=reason) if wanted else []
    known |= {key_of(kpi.department_id, kpi.code): kpi for kpi in made}
    undo: list[dict[str, Any]] = [{"kpi": kpi.pk, "version": None} for kpi in made]
    for row, place in later:
        try:
            with transaction.atomic():
                entry = one_by_one(row, place, known, by=by, now=now, reason=row.get("reason") or reason)
        except Refusal as refusal:
            batch.blame(row, refusal.field if refusal.field in row.values else "kpi", str(refusal))
        else:
            undo += [entry] if entry else []
    new = sum(entry["version"] is None for entry in undo)
    changed = len(undo) - new
    return batch, CommitResult(new, changed, len(rows) - new - changed - len(batch.errors), undo)


def key_of(department: int, code: str) -> tuple[int, str]:
    """What tells one indicator from all others."""
    return department, code.upper()


def parted(
    batch: Batch, places: dict[str, Department], seen: set[tuple[int, str]]
) -> tuple[list[tuple[ImportRow, Department, Definition]], list[tuple[ImportRow, Department]]]:
    """The rows that define something new and plain, and those that are taken one by one."""
    plain, later = [], []
    for row in batch.rows:
        place = places.get(row.values["department"])
        if place is None:
            batch.blame(row, "department", fault_words("unknown_department", {}))
            continue
        key = key_of(place.pk, row.values["kpi"])
        is_plain = key not in seen and not (row.get("formula") or row.get("first_month"))
        definition = sound_definition(row) if is_plain else None
        seen.add(key)
        if definition is None:
            later.append((row, place))
        else:
            plain.append((row, place, definition))
    return plain, later


def sound_definition(row: ImportRow) -> Definition | None:
    """What the row defines; None when that cannot stand and is to be named."""
    try:
        return checked(definition_of(row, row.values["kpi"])) if len(row.values["kpi"]) <= CODE_LENGTH else None
    except Refusal:
        return None


def one_by_one(
    row: ImportRow,
    place: Department,
    known: dict[tuple[int, str], Kpi],
    *,
    by: User | None,
    now: datetime,
    reason: str,
) -> dict[str, Any] | None:
    """Define or change one; gives what undoes it, None where nothing changed."""
    code = row.values["kpi"]
    key = key_of(place.pk, code)
    first = row.get("first_month") or ALWAYS
    kpi = known.get(key)
    if kpi is None:
        identity = Identity(department=place, code=code)
        made = define_kpi(
            identity=identity, definition=definition_of(row, code), valid_from=first, by=by, now=now, reason=reason
        )
        known[key] = made
        return {"kpi": made.pk, "version": None}
    former = KpiVersion.objects.filter(kpi=kpi, valid__contains=first).first()
    wanted = amended(row, former) if former else definition_of(row, code)
    if former is not None and [getattr(former, name) for name in FIELDS] == [getattr(wanted, name) for name in FIELDS]:
        return None
    made_version = change_definition(kpi=kpi, definition=wanted, valid_from=first, reason=reason, by=by, now=now)
    return {
        "kpi": kpi.pk,
        "first": made_version.valid.lower.isoformat(),
        "version": [str(getattr(former or made_version, name)) for name in FIELDS],
        "after": [str(getattr(KpiVersion.objects.get(pk=made_version.pk), name)) for name in FIELDS],
    }


def amended(row: ImportRow, former: KpiVersion) -> Definition:
    """The definition in force with what the row says; what it leaves open stays."""
    said = {name: row.get(name) for name in FIELDS if row.get(name) is not None}
    return Definition(**{**{name: getattr(former, name) for name in FIELDS}, **said})


def definition_from(stored: Sequence[str]) -> Definition:
    """A definition from the texts an undo entry holds."""
    values: dict[str, Any] = dict(zip(FIELDS, stored, strict=True))
    fields: dict[str, Any] = {item.name: item for item in KpiVersion._meta.get_fields() if item.name in FIELDS}
    typed: dict[str, Any] = {
        name: None if text == "None" else fields[name].to_python(text) for name, text in values.items()
    }
    return Definition(**typed)


def remove_unused(kpi: Kpi) -> None:
    """Remove an indicator that nobody has used."""
    if KpiSeries.objects.filter(kpi=kpi).exists() or KpiTarget.objects.filter(kpi=kpi).exists():
        message = _("%(kpi)s has values or targets already, so its definition cannot be taken back. Retire it instead.")
        raise UndoRefused(message % {"kpi": kpi})
    Kpi.objects.filter(pk=kpi.pk).update(definition=None)
    KpiVersion.objects.filter(kpi=kpi).delete()
    kpi.delete()


DEFINITION_TARGET = DefinitionTarget()
