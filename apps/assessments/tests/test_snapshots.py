"""What stands in a published month is not taken back below: an import of values behind it stays."""

from datetime import timedelta

import pytest
from django.db import transaction

from apps.assessments import services as assessments
from apps.assessments.models import Indicator
from apps.assessments.tests.factories import NOW, approved, draft, published, terms
from apps.core.month import Month
from apps.departments.tests.factories import DepartmentFactory
from apps.kpis import services
from apps.kpis.models import KpiMonth, KpiValue
from apps.kpis.services.refusals import UndoRefused
from apps.kpis.tests.factories import aim, company_scope, entry, make_kpi, record

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def imported(firm, kpi, department, month, value, *, now=NOW):
    record([entry(kpi, department, month, value)], by=firm.coo, now=now, source="imported", import_run=77)


def taken_back(firm):
    return services.restore_former(import_run=77, scope=company_scope(), by=firm.coo, now=LATER)


def may_published(firm):
    published("2026-05", by=firm.hr, deciders=[firm.coo, firm.gm])


class TestAnImportBehindAPublishedMonth:
    def test_stays_and_is_named(self, firm, scheme):
        imported(firm, firm.revenue, firm.north, "2026-05", 96)
        record([entry(firm.revenue, firm.north, "2026-04", 1)], by=firm.coo, source="imported", import_run=77)
        may_published(firm)
        count = KpiValue.objects.count()
        with pytest.raises(UndoRefused, match=r"REV of North for May 2026 had a part in .* correction"):
            taken_back(firm)
        assert KpiValue.objects.count() == count

    def test_goes_while_nothing_is_published(self, firm, scheme):
        imported(firm, firm.revenue, firm.north, "2026-05", 96)
        assessments.compute_month(month=Month(2026, 5), by=firm.hr, now=NOW)
        assert taken_back(firm) == 1
        assert KpiMonth.objects.get(kpi=firm.revenue, department=firm.north).value == 95

    def test_goes_where_its_months_are_other_ones(self, firm, scheme):
        imported(firm, firm.revenue, firm.north, "2026-04", 96)
        may_published(firm)
        assert taken_back(firm) == 1

    def test_goes_where_it_came_after_the_figures_were_read(self, firm, scheme):
        may_published(firm)
        imported(firm, firm.revenue, firm.north, "2026-05", 96, now=LATER)
        assert taken_back(firm) == 1

    def test_stays_where_it_came_in_through_a_department_below(self, firm, scheme):
        team = DepartmentFactory(code="TEAM", name="Team", parent=firm.north)
        imported(firm, firm.revenue, team, "2026-05", 5)
        may_published(firm)
        with pytest.raises(UndoRefused, match="REV of Team for May 2026"):
            taken_back(firm)

    def test_goes_where_its_department_was_not_judged(self, firm, scheme):
        imported(firm, firm.revenue, DepartmentFactory(code="NEW", parent=firm.company), "2026-05", 5)
        may_published(firm)
        assert taken_back(firm) == 1

    def test_stays_where_a_formula_read_it(self, firm):
        cost = make_kpi(firm.company, code="COST", reporting=[firm.north])
        margin = make_kpi(firm.company, code="MARGIN", formula="REV - COST")
        aim(margin, 10)
        imported(firm, cost, firm.north, "2026-05", 5)
        lines = [terms(margin, 100, cap="1.2")]
        approved(draft(by=firm.hr, departments=firm.assessed, lines=lines), by=firm.hr, deciders=[firm.coo, firm.gm])
        assert not Indicator.objects.filter(kpi=cost).exists()
        may_published(firm)
        with pytest.raises(UndoRefused, match="COST of North for May 2026"):
            taken_back(firm)

    def test_stays_after_a_later_edition_too(self, firm, scheme):
        imported(firm, firm.revenue, firm.north, "2026-05", 96)
        may_published(firm)
        with transaction.atomic(), pytest.raises(UndoRefused):
            taken_back(firm)
        record([entry(firm.revenue, firm.north, "2026-05", 97)], by=firm.coo, now=LATER, reason="Counted again.")
        with pytest.raises(UndoRefused, match="corrected since"):
            taken_back(firm)
