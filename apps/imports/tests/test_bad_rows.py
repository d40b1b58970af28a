"""R11, short and untimed: every planted error is named by row, column and reason; sent again, nothing changes."""

import pytest

from apps.accounts.models import User
from apps.imports.services.checking import check_import, map_import
from apps.imports.services.committing import RowsRefused, commit_import, request_commit
from apps.imports.services.runs import scope_at
from apps.imports.tests.bad_rows import bad_csv, bad_xlsx
from apps.imports.tests.factories import NOW, importer, started

pytestmark = pytest.mark.django_db

ROWS, ERRORS = 600, 60


def checked(made, name, by):
    run = started(made, by=by, name=name)
    run = map_import(run=run, mapping=run.mapping, by=by, scope=scope_at(by, NOW), now=NOW)
    return check_import(run_id=run.pk, now=NOW)


def written(run, by, mode):
    request_commit(run=run, mode=mode, by=by, scope=scope_at(by, NOW), now=NOW)
    return commit_import(run_id=run.pk, now=NOW)


@pytest.mark.parametrize(("make", "name"), [(bad_csv, "people.csv"), (bad_xlsx, "people.xlsx")])
class TestPlantedErrors:
    def test_are_all_named_and_nothing_is_stored(self, make, name):
        content, planted = make(ROWS, ERRORS)
        by = importer(email="hr@company.test")
        run = checked(content, name, by)
        found = {(problem.line, problem.column): problem.message for problem in run.problems.all()}
        missed = [one for one in planted if one.reason not in found.get((one.line, one.column), "")]
        assert missed == []
        assert len(found) == len(planted) == run.bad_row_count == ERRORS
        with pytest.raises(RowsRefused, match=f"{ERRORS} of {ROWS}"):
            request_commit(run=run, mode="all_or_nothing", by=by, scope=scope_at(by, NOW), now=NOW)
        assert User.objects.count() == 1

    def test_the_right_rows_go_in_once(self, make, name):
        content, _planted = make(ROWS, ERRORS)
        by = importer(email="hr@company.test")
        first = written(checked(content, name, by), by, "good_rows")
        again = written(checked(content, name, by), by, "good_rows")
        assert first.created_count == ROWS - ERRORS
        assert (again.created_count, again.changed_count, again.unchanged_count) == (0, 0, ROWS - ERRORS)
