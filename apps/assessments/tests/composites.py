"""A composite for tests: “Quality” of North in May 2026, made of scrap and returns."""

from dataclasses import replace
from datetime import UTC, date, datetime

from apps.assessments import services
from apps.assessments.models import ScoreLine
from apps.assessments.services.revising import revise_departments
from apps.assessments.tests.factories import NOW, approved, draft, published, terms
from apps.core.month import Month
from apps.kpis.tests.factories import aim, entry, make_kpi, record
from apps.staff.tests.factories import PersonFactory

MAY = Month(2026, 5)
FIRST = MAY.first_day
LATER = datetime(2026, 6, 16, 9, tzinfo=UTC)
TODAY = date(2026, 6, 15)


def composed(firm, missing_child):
    """“Quality” (40): scrap (60 of its hundred) and returns (40), beside revenue (60); in force since January."""
    children = [
        {"code": kpi.code, "kpi": kpi.pk, "direction": "lower", "weight": weight}
        for kpi, weight in ((firm.scrap, "60"), (firm.returns, "40"))
    ]
    quality = terms(
        *(None, 40), code="QUAL", name="Quality", method="composite", children=children, missing_child=missing_child
    )
    lines = [replace(firm.lines[0], weight=60), quality]
    approved(draft(by=firm.hr, departments=[firm.north], lines=lines), by=firm.hr, deciders=[firm.coo])


def with_parts(firm):
    """North made 8 of at most 10 returns; scrap has a target of 10 until the end of April, and Olga answers for it."""
    firm.olga = PersonFactory(name="Olga Owner", number="O1", department=firm.sales)
    firm.scrap = make_kpi(firm.company, code="SCR", name="Scrap", reporting=[firm.north], direction="lower", unit="kg")
    firm.returns = make_kpi(firm.company, code="RET", name="Returns", reporting=[firm.north], direction="lower")
    type(firm.scrap).objects.filter(pk=firm.scrap.pk).update(owner=firm.olga)
    aim(firm.scrap, 10, until=FIRST)
    aim(firm.returns, 10)
    tell(firm, firm.returns, 8)
    return firm


def by_quarter(firm, code, name):
    """A KPI with a target until the end of April."""
    given = {"code": code, "name": name, "direction": "lower", "frequency": "quarter"}
    kpi = make_kpi(firm.company, reporting=[firm.north], **given)
    aim(kpi, 10, until=FIRST)
    return kpi


def tell(firm, kpi, value, **given):
    record([entry(kpi, firm.north, "2026-05", value)], by=firm.coo, **given)


def compute(firm):
    return services.compute_month(month=MAY, by=firm.hr, now=NOW).run


def publish(firm):
    return published(MAY, by=firm.hr, deciders=[firm.coo]).run


def correct(firm):
    return revise_departments(month=MAY, departments=[firm.north.pk], reason="It was wrong", by=firm.hr, now=LATER)


def line_of(run):
    return ScoreLine.objects.select_related("indicator").get(run=run, indicator__code="QUAL")
