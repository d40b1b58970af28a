"""Whom an improvement plan may not be started, owned or reviewed by: whoever it is about."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.assessments.models import ImprovementPlan
from apps.assessments.services import PlanTerms, WrongPlan, begin_plan, start_plan
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.tests.factories import NOW
from apps.core.month import Month
from apps.staff.selectors import own_person, scope_of
from apps.staff.services import Place, transfer_person

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)
TODAY = date(2026, 6, 15)


def terms(owner):
    """Terms that make a plan of 75 days."""
    days = (TODAY, TODAY + timedelta(days=30), TODAY + timedelta(days=75))
    return PlanTerms("Reports on time", "A course", owner, *days)


def proposed(department, person=None):
    return ImprovementPlan.objects.create(department=department, person=person, month=MAY.first_day, trigger="by_hand")


@pytest.fixture
def nora(firm):
    """Nora of North."""
    return own_person(scope=scope_of(firm.nora, TODAY))


class TestTheOwner:
    @pytest.mark.parametrize("place", ["north", "works"])
    def test_is_nobody_whom_it_is_about_as_they_could_not_review_it(self, firm, nora, place):
        """Nora's own plan, and that of the works, which the COO leads."""
        plan = proposed(getattr(firm, place), nora if place == "north" else None)
        owner = firm.nora if place == "north" else firm.coo
        with pytest.raises(WrongPlan, match=f"about {owner.name} .*nobody reviews their own plan") as refused:
            start_plan(plan=plan, terms=terms(owner), by=firm.gm, now=NOW)
        assert refused.value.field == "owner"
        assert start_plan(plan=plan, terms=terms(firm.mia), by=firm.gm, now=NOW).owner == firm.mia

    def test_nor_of_a_plan_that_is_begun_by_hand(self, firm):
        with pytest.raises(WrongPlan, match="Choose somebody else as its owner"):
            begin_plan(department=firm.works, terms=terms(firm.coo), by=firm.gm, now=NOW)
        assert not ImprovementPlan.objects.exists()


class TestTheHeadOfTheDay:
    def test_is_who_heads_the_department_by_the_company_s_calendar(self, firm, nora, settings):
        """Half past midnight on 16 June in Shanghai, 15 June still in UTC: Nora heads South from 16 June on."""
        settings.COMPANY_ZONE = ZoneInfo("Asia/Shanghai")
        place = Place(firm.south, role="head")
        transfer_person(person=nora, place=place, on=date(2026, 6, 16), by=None, now=NOW)
        plan = proposed(firm.south)
        night, evening = (datetime(2026, 6, 15, hour, 30, tzinfo=UTC) for hour in (16, 15))
        with pytest.raises(NotYourStep, match="about themselves or the department they lead"):
            start_plan(plan=plan, terms=terms(firm.mia), by=firm.nora, now=night)
        assert start_plan(plan=plan, terms=terms(firm.mia), by=firm.nora, now=evening).state == "running"
