"""People and headcount plans through the importer, its targets by themselves; whole files are in test_whole_files."""

import json
from datetime import date
from types import SimpleNamespace

import pytest

from apps.core.errors import Refusal
from apps.departments.tests.factories import DepartmentFactory
from apps.imports.services.targets import ImportRow
from apps.staff import services
from apps.staff.choices import LeaveKind, MovementKind
from apps.staff.models import Appointment, Employment, HeadcountPlan, Movement, Person
from apps.staff.selectors import heads_by_department
from apps.staff.services import Place
from apps.staff.services.importing import HEADCOUNT_PLAN_TARGET, PERSON_TARGET
from apps.staff.tests.conftest import scope_for
from apps.staff.tests.factories import NOW, PersonFactory

pytestmark = pytest.mark.django_db
HIRED = date(2024, 1, 1)


def rows(*values):
    return [ImportRow(line, value) for line, value in enumerate(values, start=2)]


def errors(company, *values, target=PERSON_TARGET, by=None):
    found = target.check(rows(*values), scope=scope_for(by or company.hr), now=NOW)
    return [(error.line, error.field, error.message) for error in found]


def commit(company, *values, target=PERSON_TARGET):
    return target.commit(rows(*values), by=company.hr, now=NOW, import_run=SimpleNamespace(pk=1))


def new(number, **values):
    return {"number": number, "name": f"New {number}", "department": "North", "hired_on": HIRED, **values}


class TestPersonTarget:
    def test_hires_corrects_moves_and_lets_go(self, company):
        result = commit(
            company,
            new("900"),
            new("901", last_day=date(2025, 6, 30), leave_kind="retirement"),
            {"number": "N1", "name": "Nora Northcote"},
            {"number": "S1", "department": "FIN", "changed_on": date(2026, 1, 10), "last_day": date(2026, 1, 31)},
            {"number": "F1", "name": "Fay Finance"},
        )
        assert (result.created, result.changed, result.unchanged) == (2, 2, 1)
        assert Person.objects.get(number="N1").name == "Nora Northcote"
        assert heads_by_department(date(2026, 1, 30)) == {
            company.sales.pk: 1, company.north.pk: 2, company.finance.pk: 2,
        }  # fmt: skip
        assert heads_by_department(date(2026, 1, 31))[company.finance.pk] == 1
        assert Movement.objects.get(person__number="901", kind=MovementKind.LEAVE).leave_kind == LeaveKind.RETIREMENT

    def test_the_same_again_changes_nothing(self, company):
        file = (new("900"), new("901", last_day=date(2025, 6, 30)), new("902", email="e@example.com"))
        commit(company, *file)
        before = list(Movement.objects.order_by("pk").values())
        result = commit(company, *file)
        assert (result.created, result.changed, result.unchanged) == (0, 0, 3)
        assert list(Movement.objects.order_by("pk").values()) == before

    def test_hires_again_after_a_leaving(self, company):
        services.leave_person(
            person=company.nora, last_day=date(2023, 6, 30), leave_kind=LeaveKind.OTHER, by=None, now=NOW
        )
        result = commit(company, {"number": "N1", "department": "South", "hired_on": HIRED})
        assert result.changed == 1
        assert Employment.objects.filter(person=company.nora).count() == 2

    @pytest.mark.parametrize(
        ("row", "field", "words"),
        [
            ({"number": "900", "department": "North", "hired_on": HIRED}, "name", "needs this"),
            (new("900", department="Nowhere"), "department", "no such department"),
            (new("900", department=None), "department", "needs this"),
            (new("900", last_day=date(2023, 1, 1)), "last_day", "cannot leave before joining"),
            (new("900", hired_on=date(1926, 1, 1)), "hired_on", "cannot be meant"),
            (new("900", hired_on=date(2014, 1, 1)), "department", "is not open on 1 Jan 2014"),
            (new("900", role="head", department="SALES"), "role", "has a head from 2 Mar 2020"),
            (new("900", position="Astronaut"), "position", "no such position"),
            (new("N1", hired_on=HIRED), "hired_on", "is employed from 2 Mar 2020"),
            ({"number": "N1", "department": "South"}, "changed_on", "from which day they move"),
            ({"number": "N1", "department": "South", "changed_on": date(2019, 1, 1)}, "changed_on", "not employed"),
            ({"number": "N1", "last_day": date(2019, 1, 1)}, "last_day", "cannot leave before joining"),
        ],
    )
    def test_names_what_is_wrong_with_a_row(self, company, row, field, words):
        found = errors(company, row)
        assert [error[1] for error in found if words in error[2]] == [field]
        assert found[0][0] == 2

    def test_names_two_heads_and_two_addresses_in_one_file(self, company):
        DepartmentFactory(name="West")
        found = errors(
            company,
            new("900", department="West", role="head", email="a@example.com"),
            new("901", department="West", role="head", email="A@example.com"),
        )
        assert [error[:2] for error in found] == [(3, "email"), (3, "role")]

    def test_knows_departments_of_the_scope_only(self, company):
        found = errors(company, new("900", department="Finance"), by=company.head_user)
        assert "no such department" in found[0][2]

    def test_costs_as_many_queries_for_two_hundred_rows_as_for_two(self, company, django_assert_max_num_queries):
        for many in (2, 200):
            with django_assert_max_num_queries(12):
                errors(company, *(new(f"9{number:04d}") for number in range(many)))

    def test_undo_leaves_nothing_behind(self, company):
        before = [list(model.objects.order_by("pk").values_list("pk")) for model in (Person, Employment, Appointment)]
        result = commit(
            company,
            new("900"),
            new("901", last_day=date(2025, 6, 30)),
            {"number": "N1", "name": "Nora Northcote", "department": "South", "changed_on": date(2026, 1, 10)},
            {"number": "F1", "last_day": date(2026, 1, 31)},
        )
        entries = json.loads(json.dumps(result.undo))
        PERSON_TARGET.undo(entries[::-1], by=company.hr, now=NOW)
        assert before == [
            list(model.objects.order_by("pk").values_list("pk")) for model in (Person, Employment, Appointment)
        ]
        assert Person.objects.get(number="N1").name == "Nora North"
        assert not Employment.objects.exclude(last_day=None).exists()

    def test_undo_is_refused_once_somebody_moved_on(self, company):
        result = commit(company, new("900"))
        person = Person.objects.get(number="900")
        services.transfer_person(person=person, place=Place(company.south), on=date(2026, 1, 10), by=None, now=NOW)
        with pytest.raises(Refusal, match="Only the latest movement"):
            PERSON_TARGET.undo(result.undo[::-1], by=company.hr, now=NOW)

    def test_commit_judges_again_what_changed_since_the_check(self, company):
        PersonFactory(number="900", department=company.south)
        with pytest.raises(Refusal, match=r"Line 2: .* is employed from"):
            commit(company, new("900", hired_on=date(2025, 1, 1)) | {"name": "New 900"})


class TestHeadcountPlanTarget:
    def cell(self, department="North", month=date(2026, 3, 1), planned=5):
        return {"department": department, "month": month, "planned": planned}

    def commit(self, company, *values):
        return commit(company, *values, target=HEADCOUNT_PLAN_TARGET)

    def test_writes_what_differs_and_restores_it(self, company):
        self.commit(company, self.cell(planned=4))
        result = self.commit(company, self.cell(), self.cell("South"))
        assert (result.created, result.changed, result.unchanged) == (1, 1, 0)
        HEADCOUNT_PLAN_TARGET.undo(json.loads(json.dumps(result.undo))[::-1], by=company.hr, now=NOW)
        assert HeadcountPlan.objects.get().planned == 4

    def test_undo_is_refused_once_a_cell_was_changed(self, company):
        result = self.commit(company, self.cell())
        HeadcountPlan.objects.update(planned=9)
        with pytest.raises(Refusal, match="was changed since"):
            HEADCOUNT_PLAN_TARGET.undo(result.undo, by=company.hr, now=NOW)

    def test_names_unknown_departments_and_two_names_of_one(self, company):
        found = errors(company, self.cell("Nowhere"), self.cell(), self.cell("north"), target=HEADCOUNT_PLAN_TARGET)
        assert [(line, field) for line, field, _message in found] == [(2, "department"), (4, "department")]
