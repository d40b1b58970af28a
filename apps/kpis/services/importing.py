"""Values, targets and definitions from files, through the importer's frame."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.month import Month
from apps.core.scope import Scope
from apps.imports.models import ImportRun
from apps.imports.services.runs import scope_at
from apps.imports.services.targets import CommitResult, FieldSpec, ImportRow, ImportTarget, RowError
from apps.kpis.choices import ValueKind, ValueSource
from apps.kpis.rules.timelines import TargetSpan
from apps.kpis.services.doubting import Doubt
from apps.kpis.services.loading import Place, TargetsSet, put_spans, set_targets, spans_of
from apps.kpis.services.matching import WHAT_IT_IS, Batch, matched
from apps.kpis.services.refusals import UndoRefused
from apps.kpis.services.staging import staged
from apps.kpis.services.undoing import restore_former
from apps.kpis.services.values import Fault, check_lines, record_lines
from apps.periods.services import hold_months

FIELD_NAMES = {"reason": "note"}
KPI = FieldSpec(
    "kpi",
    gettext_lazy("KPI code"),
    is_required=True,
    aliases=("code", "indicator", "kpi code", "indicator seq", "metric"),
)
DEPARTMENT = FieldSpec(
    "department",
    gettext_lazy("Department"),
    is_required=True,
    aliases=("department code", "unit", "org code", "organisation", "agency name", "service"),
    help=gettext_lazy("Code, name or another name of the department that reports."),
)
OWNER = FieldSpec(
    "owner",
    gettext_lazy("Owning department"),
    aliases=("owner", "kpi owner"),
    help=gettext_lazy("Where the KPI belongs to another department than the one that reports."),
)
KINDS = (
    (str(ValueKind.NUMBER), ValueKind.NUMBER.label),
    (str(ValueKind.NO_DATA), ValueKind.NO_DATA.label),
    (str(ValueKind.SUPPRESSED), ValueKind.SUPPRESSED.label),
)


class ValueTarget(ImportTarget):
    """What departments report, month by month."""

    name = "kpis.values"
    label = gettext_lazy("KPI values")
    help = gettext_lazy(
        "One row a KPI, department and month; wide files are turned with a rule. For a KPI that is not there yet, say which "
        "way is better and what it is: it is then defined, if you may. What is stored already changes nothing; taking the "
        "import back leaves the KPIs it defined."
    )
    capability = "kpis.record"
    key_fields = ("department", "kpi", "month", "owner")
    fields = (
        DEPARTMENT,
        KPI,
        FieldSpec(
            "month",
            gettext_lazy("Month"),
            kind="month",
            is_required=True,
            aliases=("period", "date", "timestamp"),
            help=gettext_lazy("A quarter's or year's value stands on its last month."),
        ),
        FieldSpec(
            "value",
            gettext_lazy("Value"),
            kind="number",
            aliases=("actual", "amount", "monthly actual", "count", "figure", "result"),
        ),
        FieldSpec("numerator", gettext_lazy("Numerator"), kind="number", aliases=("met count",)),
        FieldSpec("denominator", gettext_lazy("Denominator"), kind="number", aliases=("volume", "weight")),
        FieldSpec("ytd", gettext_lazy("Year to date, as given"), kind="number", aliases=("ytd actual", "year to date")),
        FieldSpec("kind", gettext_lazy("Kind"), kind="choice", choices=KINDS),
        FieldSpec("note", gettext_lazy("Why it moved"), max_length=500, aliases=("comment", "remark")),
        OWNER,
        FieldSpec("target", gettext_lazy("Target"), kind="number", aliases=("monthly target", "goal")),
        *WHAT_IT_IS,
    )

    def check(self, rows: Sequence[ImportRow], *, scope: Scope, now: datetime) -> list[RowError]:
        """Everything that is or looks wrong about these values, found as they would be stored, storing nothing."""
        with transaction.atomic():
            batch = matched(rows, scope=scope, by=None)
            found = check_lines(lines=staged(batch.entries), scope=scope, reason=self.name, now=now)
            transaction.set_rollback(True)
        return [*batch.errors, *errors_of(batch, found.faults), *warnings_of(batch, found.doubts)]

    def commit(self, rows: Sequence[ImportRow], *, by: User, now: datetime, import_run: ImportRun) -> CommitResult:
        """Define what is new, set the targets, store the values."""
        scope = scope_at(by, now)
        reason = _("Imported from %(file)s") % {"file": import_run.file_name}
        with transaction.atomic():
            batch = matched(rows, scope=scope, by=by)
            hold_months({Month.of(entry.month) for entry in batch.entries})
            aims = set_targets(wanted=batch.targets, by=by, now=now, reason=reason)
            stored = record_lines(
                lines=staged(batch.entries),
                scope=scope,
                by=by,
                now=now,
                reason=reason,
                source=ValueSource.IMPORTED,
                import_run=import_run.pk,
            )
        undo = [{"run": import_run.pk}] if stored.created or stored.changed else []
        return CommitResult(stored.created, stored.changed, stored.unchanged, [*undo, *undo_of(aims)])

    def undo(self, entries: Sequence[dict[str, Any]], *, by: User, now: datetime) -> None:
        """Give every value and target back what it said before."""
        for entry in entries:
            if "run" in entry:
                restore_former(import_run=entry["run"], scope=scope_at(by, now), by=by, now=now)
        restore_targets([entry for entry in entries if "kpi" in entry], by=by, now=now)


def errors_of(batch: Batch, faults: Sequence[Fault]) -> list[RowError]:
    """Faults of staged lines as problems of the file's rows."""
    rows = rows_by_line(batch)
    errors = []
    for fault in faults:
        row = rows[fault.line]
        name = FIELD_NAMES.get(fault.field, fault.field)
        message = fault.message
        if batch.is_wide and fault.code == "repeated":
            message = _("The same KPI, department and month stands in the file already. Keep one of them.")
        value = row.get(name)
        errors.append(RowError(row.line, name, message, "" if value is None else str(value)[:200], row.column))
    return errors


def rows_by_line(batch: Batch) -> dict[int, ImportRow]:
    """Line of an entry → the file's row."""
    return dict(enumerate(batch.rows, 1)) if batch.is_wide else {row.line: row for row in batch.rows}


def warnings_of(batch: Batch, doubts: Sequence[Doubt]) -> list[RowError]:
    """What looks wrong about staged lines as warnings about the file's rows, at the cell the number stands in."""
    rows = rows_by_line(batch)
    found = []
    for doubt in doubts:
        row = rows[doubt.line]
        name = "numerator" if row.get("value") is None else "value"
        text = str(row.get(name) or "")[:200]
        found.append(RowError(row.line, name, doubt.message, text, row.column, is_warning=True))
    return found


def undo_of(aims: TargetsSet) -> list[dict[str, Any]]:
    """What held before and after in each place that changed, as JSON can hold it."""
    return [
        {
            "kpi": kpi,
            "department": department,
            "before": [span_to(span) for span in aims.before[kpi, department]],
            "after": [span_to(span) for span in aims.after[kpi, department]],
        }
        for kpi, department in sorted(aims.changed, key=str)
    ]


def restore_targets(entries: Sequence[dict[str, Any]], *, by: User, now: datetime) -> None:
    """Let the targets hold that held before. Refused when one of them was changed since."""
    if not entries:
        return
    places: dict[Place, dict[str, Any]] = {(entry["kpi"], entry["department"]): entry for entry in entries}
    present = spans_of(list(places))
    if any([span_to(span) for span in present[place]] != entry["after"] for place, entry in places.items()):
        message = _("Some of these targets were changed since this import, so it cannot be undone. Change them singly.")
        raise UndoRefused(message)
    before = {place: [span_from(stored) for stored in entry["before"]] for place, entry in places.items()}
    put_spans(before, now=now, by=by, reason=_("Import undone"))


def span_to(span: TargetSpan) -> list[str | None]:
    """A span as JSON can hold it."""
    numbers = [None if number is None else f"{number.normalize():f}" for number in span.aims]
    return [span.first.isoformat(), span.until.isoformat() if span.until else None, *numbers]


def span_from(stored: Sequence[str | None]) -> TargetSpan:
    """A span from JSON."""
    first, until, target, *others = stored
    floor, stretch, upper = (None if number is None else Decimal(number) for number in others)
    assert first is not None
    assert target is not None
    end = date.fromisoformat(until) if until else None
    return TargetSpan(date.fromisoformat(first), end, Decimal(target), floor, stretch, upper)


VALUE_TARGET = ValueTarget()
