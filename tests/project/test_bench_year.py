"""The bench of a year opens what it says, and names what costs too much."""

import pytest

from ops_portal.bench.company import make_company
from ops_portal.bench.rehearsed import rehearse_beside_months
from ops_portal.bench.scores import Size
from ops_portal.bench.year_pages import YearPage, open_year


@pytest.mark.django_db(transaction=True)
def test_opens_both_pages_of_a_published_year():
    cast = make_company()
    rehearse_beside_months(cast, Size(10, rounds=1))

    found = open_year(cast)

    assert [row.page for row in found] == ["mean of months", "cumulative values"]
    assert all(row.broken() == [] and row.queries > 5 for row in found)


def test_names_a_year_that_costs_too_much():
    found = YearPage("cumulative values", queries=21, python_ms=900, database_ms=101)

    assert found.broken() == [
        "A year, cumulative values: 1,001 ms are more than 1,000.",
        "A year, cumulative values: 21 queries are more than 20.",
    ]
