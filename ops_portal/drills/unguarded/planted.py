"""The importer of KPI values with one protection taken out of this process. Used by drill `planted` alone."""

from types import SimpleNamespace
from typing import Any
from unittest import mock

from django.db import connection

from apps.core.scope import Scope
from apps.imports.choices import CommitMode
from apps.imports.services import committing, reading
from apps.kpis.services import values
from apps.kpis.services.importing import ValueTarget


def take_out(name: str) -> None:
    """Take the protection of that name out, by patching, until the process ends."""
    OUT[name]()


def no_row_checks() -> None:
    """A row whose cells can be read is right."""
    mock.patch.object(ValueTarget, "check", return_value=[]).start()


def no_flaws() -> None:
    """Every cell means something."""
    mock.patch.object(reading, "CHILD", "ops_portal.drills.unguarded.flaws").start()


def no_reach() -> None:
    """Whoever sends may report for everybody."""
    mock.patch.object(Scope, "is_company", new=True).start()


def no_all_or_none() -> None:
    """The right rows are taken, whatever was asked for."""
    modes = SimpleNamespace(values=CommitMode.values, ALL_OR_NOTHING="never")
    mock.patch.object(committing, "CommitMode", modes).start()


def no_one_transaction() -> None:
    """What is stored is committed at once, before the run has ended."""
    commit = ValueTarget.commit

    def committed_early(target: ValueTarget, *rows: Any, **given: Any) -> Any:
        result = commit(target, *rows, **given)
        connection.connection.commit()
        return result

    mock.patch.object(ValueTarget, "commit", committed_early).start()


def no_same_values() -> None:
    """Whatever comes is a new version."""
    head, _mark, _rest = values.COMPARE.partition("WHERE j.fault IS NULL AND CASE")
    mock.patch.object(values, "COMPARE", f"{head} WHERE j.fault IS NULL").start()


OUT = {
    "row_checks": no_row_checks,
    "flaws": no_flaws,
    "reach": no_reach,
    "all_or_none": no_all_or_none,
    "one_transaction": no_one_transaction,
    "same_values": no_same_values,
}
