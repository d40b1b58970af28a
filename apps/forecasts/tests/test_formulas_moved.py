"""What moved a formula: told by department only where it is the sum of what it comes to there."""

import pytest

from apps.forecasts.tests.reports import NOW, assembled, cells, report_firm, section, texts
from apps.kpis.tests.factories import entry, make_kpi, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(settings):
    """Revenue of North and South is 45 + 50 in April, 40 + 50 in May; their costs are 30 + 20, then 36 + 20."""
    found = report_firm(settings)
    below = (found.north, found.south)
    found.cost = make_kpi(found.top, code="COST", name="Cost", direction="lower", unit="kEUR", over_departments="sum",
                          reporting=below, now=NOW)  # fmt: skip
    costs = {"2026-04": (30, 20), "2026-05": (36, 20)}
    values = [entry(found.cost, place, month, cost) for month, both in costs.items()
              for place, cost in zip(below, both, strict=True)]  # fmt: skip
    found.record = lambda: record(values, by=found.coo, now=NOW)
    return found


def formula(firm, code, name, text):
    return make_kpi(firm.top, code=code, name=name, formula=text, decimals=1, over_departments="sum", now=NOW)


def test_a_quotient_is_no_sum_of_its_departments(firm):
    formula(firm, "UNIT", "Unit cost", "COST / REV")
    firm.record()
    report = assembled(firm)
    told = texts(report, "moved")
    assert not [text for text in told[:-1] if "Unit cost" in text]
    assert told[-1] == (
        "Unit cost is worked out by a formula that does not add up: what it comes to is not the sum of the departments’ "
        "figures, so it is not told by department."
    )
    assert not [one for one in section(report, "moved")["tables"] if one["title"].startswith("Unit cost")]


def test_a_quotient_takes_no_place_of_a_total(firm):
    for number in range(4):
        formula(firm, f"A{number}", f"Quotient {number}", "COST / REV")
    firm.record()
    zinc = make_kpi(firm.top, code="ZINC", name="Zinc", reporting=(firm.north,), now=NOW)
    record([entry(zinc, firm.north, month, value) for month, value in (("2026-04", 5), ("2026-05", 7))],
           by=firm.coo, now=NOW)  # fmt: skip
    told = texts(assembled(firm), "moved")
    assert [name for name in ("Revenue", "Cost", "Zinc") if any(f"{name} " in text for text in told[:6])] == [
        "Revenue", "Cost", "Zinc",
    ]  # fmt: skip
    assert told[6].startswith("Quotient 0, Quotient 1, Quotient 2, Quotient 3 are worked out by formulas")


def test_a_difference_of_totals_is_told_by_department(firm):
    """Of a formula over a formula too; of one over a rate not."""
    margin = formula(firm, "MARGIN", "Margin", "REV - COST")
    rate = make_kpi(firm.top, code="RATE", name="Rate", over_departments="mean", over_time="mean",
                    reporting=(firm.north, firm.south), now=NOW)  # fmt: skip
    formula(firm, "TWICE", "Twice the margin", "MARGIN * 2")
    formula(firm, "RATES", "Two rates", "RATE * 2")
    firm.record()
    record([entry(rate, place, month, value) for place in (firm.north, firm.south)
            for month, value in (("2026-04", 5), ("2026-05", 7))], by=firm.coo, now=NOW)  # fmt: skip
    report = assembled(firm)
    told = [text for text in texts(report, "moved") if "April 2026" in text]
    assert "Margin fell from 45.0 in April 2026 to 34.0 (−11.0). Most of it came from North (−11.0)." in told
    assert any(text.startswith("Twice the margin fell from 90.0 in April 2026 to 68.0 (−22.0).") for text in told)
    assert not any(text.startswith("Two rates") for text in told)
    rows = cells(report, "moved", f"bridge-{margin.pk}-2026-04")
    assert rows == [["April 2026", "45.0"], ["North", "−11.0"], ["May 2026", "34.0"]]
