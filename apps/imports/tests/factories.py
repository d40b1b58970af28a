"""Imports for tests, and an importer of accounts that needs no app above this one."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import User
from apps.accounts.selectors import capabilities_for
from apps.accounts.tests.factories import UserFactory
from apps.core.clock import local_date
from apps.core.errors import Refusal
from apps.core.scope import Reach, Scope
from apps.imports.services.runs import scope_at
from apps.imports.services.targets import CommitResult, FieldSpec, ImportTarget, RowError
from apps.imports.services.uploading import start_import

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BRANCHES = ("north", "south")


class Renamed(Refusal):
    code = "renamed_since"


class AccountTarget(ImportTarget):
    """Takes accounts by e-mail; knows two branches, of which the south is another's, and a closed month."""

    name = "tests.accounts"
    label = "Test accounts"
    capability = "staff.manage"
    key_fields = ("email",)
    fields = (
        FieldSpec("email", "E-mail", is_required=True, aliases=("mail", "address")),
        FieldSpec("name", "Name", is_required=True, aliases=("full name",), max_length=40),
        FieldSpec("active", "Active", kind="bool"),
        FieldSpec("joined", "Joined on", kind="date", aliases=("start date",)),
        FieldSpec("month", "Month", kind="month"),
        FieldSpec("level", "Level", kind="whole", minimum=1, maximum=9),
        FieldSpec("amount", "Amount", kind="number"),
        FieldSpec(
            "branch", "Branch", kind="choice", choices=(("north", "North"), ("south", "South"), ("west", "West"))
        ),
    )

    def check(self, rows, *, scope, now):
        today = local_date(now)
        errors = []
        for row in rows:
            if "@" not in row.values["email"]:
                errors.append(RowError(row.line, "email", "There is no such address. Write a whole e-mail address."))
            if row.get("branch") == "south":
                errors.append(RowError(row.line, "branch", "The south is not yours. Leave its rows out."))
            if row.get("month") and row.values["month"].year < 2020:
                errors.append(RowError(row.line, "month", "This month is closed. Ask for it to be reopened."))
            if row.get("joined") and row.values["joined"] > today:
                errors.append(RowError(row.line, "joined", "The day lies in the future."))
        return errors

    def commit(self, rows, *, by, now, import_run):
        stored = {user.email: user for user in User.objects.filter(email__in=[row.values["email"] for row in rows])}
        new, changed, undo, unchanged = [], [], [], 0
        for row in rows:
            user = stored.get(row.values["email"])
            if user is None:
                new.append(
                    User(email=row.values["email"], name=row.values["name"], is_active=bool(row.get("active", True)))
                )
            elif user.name != row.values["name"]:
                undo.append({"id": user.pk, "former": user.name, "name": row.values["name"]})
                user.name = row.values["name"]
                changed.append(user)
            else:
                unchanged += 1
        User.objects.bulk_create(new, batch_size=2_000)
        User.objects.bulk_update(changed, ["name"])
        undo += [{"id": user.pk, "former": None, "name": user.name} for user in new]
        return CommitResult(created=len(new), changed=len(changed), unchanged=unchanged, undo=undo)

    def undo(self, entries, *, by, now):
        for entry in entries:
            user = User.objects.get(pk=entry["id"])
            if user.name != entry["name"]:
                raise Renamed(f"{user.name} was renamed since. Undo that first.")
            if entry["former"] is None:
                user.delete()
            else:
                user.name = entry["former"]
                user.save(update_fields=["name"])


ACCOUNT_TARGET = AccountTarget()
ACCOUNT_TARGET_PATH = "apps.imports.tests.factories.ACCOUNT_TARGET"


def company_scope(user: User, today: date) -> Scope:
    """Stands in for staff.scope_of, which lies above this app."""
    return Scope(user_id=user.pk, reach=Reach.COMPANY, capabilities=capabilities_for(user))


def csv_bytes(rows: Iterable[Sequence[Any]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Rows, the first of them headings, as a CSV file."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(rows: Iterable[Sequence[Any]], *, merge: str = "") -> bytes:
    """The same as a workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def upload(content: bytes, name: str = "people.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def importer(**changes: Any) -> User:
    """Somebody who may import."""
    return UserFactory(roles=["hr"], **changes)


def started(content: bytes, *, by: User, name: str = "people.csv", now: datetime = NOW, **given: Any):
    """A run whose file has been taken."""
    return start_import(
        target="tests.accounts", upload=upload(content, name), by=by, scope=scope_at(by, now), now=now, **given
    )
