"""What an app hands the importer: the fields it takes, and how a batch of rows is checked, committed and undone.

A target is one constant in the owner's `services/importing.py`, named in settings.IMPORT_TARGETS. The frame reads the
file, maps columns, turns text into typed values and refuses what is not of the field's kind; the target then judges
meaning (unknown department, closed month, twice in the file) in a fixed number of queries and writes set-based.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Literal

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.core.scope import Scope
from apps.imports.models import ImportRun
from apps.imports.selectors import visible_runs

Kind = Literal["text", "number", "whole", "date", "month", "bool", "choice"]


class UnknownTarget(Refusal):
    """No importer of this name."""

    code = "unknown_target"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One value a target takes.

    Typed values by kind: text → str (trimmed, NFC), number → Decimal, whole → int, date → date, month → date (its first
    day), bool → bool, choice → the code from `choices` (code, label pairs; a label is accepted too). A blank cell is None.
    """

    name: str
    label: Any
    kind: Kind = "text"
    is_required: bool = False
    aliases: tuple[str, ...] = ()
    help: Any = ""
    choices: tuple[tuple[str, Any], ...] = ()
    max_length: int = 255
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row of the file, typed. LINE is the line or sheet row a person sees in their editor (1 is the first).

    A field nobody mapped is absent from `values` (leave the stored value as it is); a blank cell is present as None.
    COLUMN is the heading of the cell a wide file's row was made of, '' for a row that is one record.
    """

    line: int
    values: Mapping[str, Any]
    column: str = ""

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a field, DEFAULT where it is not mapped."""
        return self.values.get(name, default)


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing wrong with one row. FIELD is the field's name ('' for the whole row), MESSAGE one sentence with remedy."""

    line: int
    field: str
    message: str
    value: str = ""
    column: str = ""
    """That of the ImportRow, where a row of the file brings several records."""
    is_warning: bool = False
    """It only looks wrong: the row can be imported, once somebody has said that it is meant so."""


@dataclass(frozen=True, slots=True)
class CommitResult:
    """What a commit did. UNDO holds JSON-safe entries the target's own `undo` understands, in the order they were made."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    undo: list[dict[str, Any]] = field(default_factory=list)

    @property
    def written(self) -> int:
        return self.created + self.changed


class ImportTarget(ABC):
    """Base of every importer. `key_fields` name what makes a row unique in a file: the frame itself reports repeats."""

    name: ClassVar[str]
    label: ClassVar[Any]
    help: ClassVar[Any] = ""
    capability: ClassVar[str]
    fields: ClassVar[tuple[FieldSpec, ...]]
    key_fields: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def check(self, rows: Sequence[ImportRow], *, scope: Scope, now: datetime) -> list[RowError]:
        """Every problem and warning of these rows, set-based: the same number of queries for ten rows and ten thousand."""

    @abstractmethod
    def commit(self, rows: Sequence[ImportRow], *, by: User, now: datetime, import_run: ImportRun) -> CommitResult:
        """Write rows that passed `check`, inside the caller's transaction. Rows that say what is stored change nothing."""

    @abstractmethod
    def undo(self, entries: Sequence[dict[str, Any]], *, by: User, now: datetime) -> None:
        """Restore what `commit` changed, given its entries newest first; a Refusal when one was built upon since."""

    def spec_of(self, name: str) -> FieldSpec:
        """The field of this name."""
        return next(spec for spec in self.fields if spec.name == name)


@cache
def import_targets() -> dict[str, ImportTarget]:
    """Every importer by name, from settings.IMPORT_TARGETS."""
    targets: list[ImportTarget] = [import_string(path) for path in settings.IMPORT_TARGETS]
    return {target.name: target for target in targets}


def without_faults(rows: Sequence[ImportRow], errors: Sequence[RowError]) -> list[ImportRow]:
    """The rows with no error; one that names no column spoils everything its row of the file brings. Warnings spoil none."""
    faults = [error for error in errors if not error.is_warning]
    whole = {error.line for error in faults if not error.column}
    parts = {(error.line, error.column) for error in faults}
    return [row for row in rows if row.line not in whole and (row.line, row.column) not in parts]


def target_named(name: str) -> ImportTarget:
    """The importer of this name; a refusal that lists the known ones otherwise."""
    targets = import_targets()
    if name not in targets:
        raise UnknownTarget(
            _("There is no importer named “%(name)s”. Known: %(known)s.") % {"name": name, "known": ", ".join(targets)},
            field="target",
        )
    return targets[name]


def targets_for(scope: Scope) -> list[ImportTarget]:
    """The importers this person may run, in settings order."""
    return [target for target in import_targets().values() if scope.may(target.capability)]


def history_links(scope: Scope, numbers: set[int]) -> dict[int, str]:
    """The pages of these imports that the person may open; one query."""
    if not scope.may("imports.run"):
        return {}
    runs = visible_runs(scope, targets=[target.name for target in targets_for(scope)]).filter(pk__in=numbers)
    return {pk: reverse("imports:detail", args=[pk]) for pk in runs.order_by().values_list("pk", flat=True)}
