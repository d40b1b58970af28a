"""What the importer takes for pay bases: staff number, month, amount."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.assessments.models import PayBase
from apps.assessments.services.paying import MOST_AMOUNT, BaseFrom, WrongPayBase, held_bases, own_base_words, write_base
from apps.assessments.services.refusals import NotYourStep
from apps.core.clock import local_date
from apps.core.history import because
from apps.core.month import Month
from apps.core.scope import Scope
from apps.imports.models import ImportRun
from apps.imports.services.targets import CommitResult, FieldSpec, ImportRow, ImportTarget, RowError
from apps.staff.selectors import scope_of, visible_people


class PayBaseTarget(ImportTarget):
    """Pay bases of people, each from a month on."""

    name: ClassVar[str] = "assessments.pay_bases"
    label: ClassVar[Any] = gettext_lazy("Pay bases")
    help: ClassVar[Any] = gettext_lazy(
        "One row a person and month: from that month on the person’s rewards are reckoned from the amount, until a later "
        "base begins. Rows that say what is stored change nothing."
    )
    capability: ClassVar[str] = "assessments.propose_rewards"
    key_fields: ClassVar[tuple[str, ...]] = ("number", "month")
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        FieldSpec(
            "number",
            gettext_lazy("Staff number"),
            is_required=True,
            max_length=20,
            aliases=(
                "personnel number",
                "employee number",
                "employee id",
                "staff id",
                "payroll number",
                "number",
                "id",
            ),
        ),
        FieldSpec(
            "month", gettext_lazy("From month"), kind="month", is_required=True, aliases=("month", "from", "since")
        ),
        FieldSpec(
            "amount",
            gettext_lazy("Monthly base"),
            kind="number",
            is_required=True,
            minimum=0,
            aliases=("base", "base amount", "pay base", "amount", "salary"),
        ),
    )

    def check(self, rows: Sequence[ImportRow], *, scope: Scope, now: datetime) -> list[RowError]:
        """Unknown people, oneself, and amounts that are no amounts of money."""
        known = people_of(rows, scope)
        own = set(visible_people(scope).filter(user=scope.user_id).values_list("pk", flat=True))
        errors = []
        for row in rows:
            number, amount = row.values["number"], row.values["amount"]
            if number not in known:
                message = _("There is no person with this staff number.")
                errors.append(RowError(row.line, "number", message, number, row.column))
            elif known[number] in own:
                errors.append(RowError(row.line, "number", own_base_words(), number, row.column))
            if not 0 <= amount <= MOST_AMOUNT or amount != amount.quantize(Decimal("0.01")):
                message = _("Give an amount of 0 or more with at most two decimals.")
                errors.append(RowError(row.line, "amount", message, f"{amount}", row.column))
        return errors

    def commit(self, rows: Sequence[ImportRow], *, by: User, now: datetime, import_run: ImportRun) -> CommitResult:
        """Write the bases that differ from what is stored, the earliest month of a person first."""
        known = people_of(rows, scope_of(by, local_date(now)))
        held = held_bases(known.values())
        was = {pk: texts_of(found) for pk, found in held.items()}
        counts = {"created": 0, "changed": 0, "": 0}
        with because("assessments.pay_bases_imported", by=by, import_run=import_run.pk):
            for row in sorted(rows, key=lambda row: (row.values["number"], row.values["month"])):
                person = known[row.values["number"]]
                given = BaseFrom(person, Month.of(row.values["month"]), row.values["amount"])
                counts[write_base(given, held)] += 1
                held.update(held_bases([person]))
        now_held = held_bases(known.values())
        undo = [
            {"person": pk, "was": was.get(pk, []), "now": texts_of(found)}
            for pk, found in now_held.items()
            if texts_of(found) != was.get(pk, [])
        ]
        return CommitResult(counts["created"], counts["changed"], counts[""], undo)

    def undo(self, entries: Sequence[dict[str, Any]], *, by: User, now: datetime) -> None:
        """Restore the former bases; refused where one was set again since, or is one's own."""
        people = [entry["person"] for entry in entries]
        if visible_people(scope_of(by, local_date(now))).filter(pk__in=people, user=by).exists():
            raise NotYourStep(_("Your own pay base is among them. Ask somebody else of HR to undo this import."))
        held = held_bases(people)
        if any(texts_of(held.get(entry["person"], [])) != entry["now"] for entry in entries):
            raise WrongPayBase(
                _(
                    "One of the pay bases was set again since. The import cannot be undone. Set the bases that are "
                    "wrong one by one."
                )
            )
        with because("assessments.import_undone", by=by):
            PayBase.objects.filter(person__in=people).delete()
            PayBase.objects.bulk_create([row for entry in entries for row in rows_of(entry["person"], entry["was"])])


def people_of(rows: Sequence[ImportRow], scope: Scope) -> dict[str, int]:
    """Staff number → person, as far as the importer may see. One query."""
    wanted = {row.values["number"] for row in rows}
    return dict(visible_people(scope).filter(number__in=wanted).values_list("number", "pk"))


def texts_of(rows: Sequence[PayBase]) -> list[list[str | None]]:
    """Bases over time as they are kept for an undo."""
    return [
        [
            row.valid.lower.isoformat(),
            row.valid.upper.isoformat() if row.valid.upper else None,
            f"{row.base_amount:.2f}",
        ]
        for row in rows
    ]


def rows_of(person: int, texts: Sequence[Sequence[str | None]]) -> list[PayBase]:
    """The same back as rows."""
    return [
        PayBase(
            person_id=person,
            valid=DateRange(date.fromisoformat(first or ""), date.fromisoformat(end) if end else None),
            base_amount=Decimal(amount or "0"),
        )
        for first, end, amount in texts
    ]


PAY_BASE_TARGET = PayBaseTarget()
