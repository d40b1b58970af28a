"""Targets from files: what should be reached, from a day on, by one department or by every one that reports."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.core.scope import Scope
from apps.imports.models import ImportRun
from apps.imports.services.runs import scope_at
from apps.imports.services.targets import CommitResult, FieldSpec, ImportRow, ImportTarget, RowError
from apps.kpis.choices import Direction
from apps.kpis.models import Kpi
from apps.kpis.rules.timelines import TargetSpan
from apps.kpis.selectors.finding import resolve_kpis
from apps.kpis.services.importing import KPI, OWNER, restore_targets, undo_of
from apps.kpis.services.loading import Place, set_targets
from apps.kpis.services.matching import Batch, departments_in
from apps.kpis.services.refusals import fault_words
from apps.kpis.services.targets import Aim
from apps.kpis.services.targets import checked as checked_aim


class TargetTarget(ImportTarget):
    """What should be reached."""

    name = "kpis.targets"
    label = gettext_lazy("KPI targets")
    help = gettext_lazy(
        "One row a KPI, department and first day. Without a department the target is for every one that reports. What was "
        "aimed at on those days gives way."
    )
    capability = "kpis.manage"
    key_fields = ("kpi", "owner", "department", "first")
    fields = (
        KPI,
        FieldSpec(
            "department",
            gettext_lazy("Department"),
            aliases=("department code", "unit"),
            help=gettext_lazy("Empty: every department that reports."),
        ),
        OWNER,
        FieldSpec(
            "first", gettext_lazy("From"), kind="date", is_required=True, aliases=("valid from", "start", "since")
        ),
        FieldSpec(
            "until",
            gettext_lazy("Until"),
            kind="date",
            aliases=("valid until", "end"),
            help=gettext_lazy("The first day on which it no longer holds; empty: until further notice."),
        ),
        FieldSpec("target", gettext_lazy("Target"), kind="number", is_required=True, aliases=("goal",)),
        FieldSpec("floor", gettext_lazy("Floor"), kind="number", aliases=("minimum",)),
        FieldSpec("stretch", gettext_lazy("Stretch"), kind="number"),
        FieldSpec("upper", gettext_lazy("Upper end"), kind="number", help=gettext_lazy("Of a range.")),
        FieldSpec("reason", gettext_lazy("Reason"), max_length=500, aliases=("note", "comment")),
    )

    def check(self, rows: Sequence[ImportRow], *, scope: Scope, now: datetime) -> list[RowError]:
        """Unknown KPIs and departments, targets on the wrong side. Six statements for any number of rows."""
        del now
        return aims_of(rows, scope=scope).errors

    def commit(self, rows: Sequence[ImportRow], *, by: User, now: datetime, import_run: ImportRun) -> CommitResult:
        """Set them; rows that say what holds change nothing."""
        scope = scope_at(by, now)
        reason = next((row.get("reason") for row in rows if row.get("reason")), "")
        reason = reason or _("Imported from %(file)s") % {"file": import_run.file_name}
        with transaction.atomic():
            wanted = aims_of(rows, scope=scope).targets
            done = set_targets(wanted=wanted, by=by, now=now, reason=reason)
        new = sum(len(wanted[place]) for place in done.changed if not done.before[place])
        same = sum(len(spans) for place, spans in wanted.items() if place not in done.changed)
        return CommitResult(new, len(rows) - new - same, same, undo_of(done))

    def undo(self, entries: Sequence[dict[str, Any]], *, by: User, now: datetime) -> None:
        """Let hold again what held before."""
        restore_targets(entries, by=by, now=now)


def aims_of(rows: Sequence[ImportRow], *, scope: Scope) -> Batch:
    """The rows as targets of their places; what is wrong with others."""
    batch = Batch(rows)
    places = departments_in(rows, ("department", "owner"))
    homes = {number: places.get(row.get("owner") or row.get("department") or "") for number, row in enumerate(rows)}
    pairs = {number: (rows[number].values["kpi"], home.pk if home else 0) for number, home in homes.items()}
    kpis = resolve_kpis(scope, pairs.values())
    for number, row in enumerate(rows):
        kpi = kpis.get(pairs[number])
        place = places.get(row.get("department") or "")
        unknown = next(
            (name for name in ("department", "owner") if row.get(name) and row.get(name) not in places), None
        )
        if unknown:
            batch.blame(row, unknown, fault_words("unknown_department", {}))
        elif kpi is None:
            batch.blame(row, "kpi", fault_words("unknown_kpi", {}))
        else:
            add_aim(batch, row, kpi, (kpi.pk, place.pk if place else None))
    return batch


def add_aim(batch: Batch, row: ImportRow, kpi: Kpi, place: Place) -> None:
    """One row's target, unless it contradicts itself or the KPI."""
    aim = Aim(row.values["target"], row.get("floor"), row.get("stretch"), row.get("upper"))
    first, until = row.values["first"], row.get("until")
    if until is not None and until <= first:
        batch.blame(row, "until", _("The target ends before it begins. Choose a later end."))
        return
    try:
        checked_aim(aim, kpi.definition.direction if kpi.definition else Direction.HIGHER)
    except Refusal as refusal:
        batch.blame(row, refusal.field or "target", str(refusal))
        return
    span = TargetSpan(first, until, aim.target, aim.floor, aim.stretch, aim.upper)
    batch.targets.setdefault(place, []).append(span)


TARGET_TARGET = TargetTarget()
