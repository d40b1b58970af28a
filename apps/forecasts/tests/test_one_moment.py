"""A value corrected while the monthly job reads is in the whole issue or in none of it."""

from threading import Thread

import pytest
from django.db import connection, connections, transaction

from apps.core.moment import has_written, one_moment
from apps.forecasts.models import ForecastIssue
from apps.forecasts.services import issuing
from apps.forecasts.tests.reporting import issued, report, row, seasonal, small_firm
from apps.kpis.models import Kpi
from apps.kpis.selectors import histories
from apps.kpis.tests.factories import make_kpi

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(do):
    """Do it through another connection, committed when this returns."""

    def run():
        try:
            with transaction.atomic():
                do()
        finally:
            connection.close()

    other = Thread(target=run)
    other.start()
    other.join()


@pytest.fixture
def firm(settings):
    """Two KPIs whose figures are read by two statements: what was entered, and months as they were worked out."""
    found = small_firm(settings)
    found.added = make_kpi(found.north, code="ADDED")
    found.worked_out = make_kpi(found.north, code="WORKED", over_departments="mean", over_time="mean")
    for kpi in (found.added, found.worked_out):
        report(kpi, found.north, [*seasonal(100), 100], found)
    return found


@pytest.fixture
def corrected(firm, monkeypatch):
    """Both are corrected between the two statements, by somebody else, in one transaction."""
    copied, times = histories.copied, []

    def correct():
        for kpi in (firm.added, firm.worked_out):
            report(kpi, firm.north, [999], firm)

    def then_corrected(select, given, shape):
        if select == histories.ROLLED and not times:
            times.append(1)
            elsewhere(correct)
        return copied(select, given, shape)

    monkeypatch.setattr(histories, "copied", then_corrected)
    return times


def actuals(issue, firm):
    """What the issue has of both for its month."""
    return tuple(row(issue, firm.north, kpi).actual for kpi in (firm.added, firm.worked_out))


def test_an_issue_has_the_figures_of_one_moment(firm, corrected):
    first = issued()

    assert corrected
    assert actuals(first, firm) == (100, 100)
    second = issued(reason="June was corrected.")
    assert (second.version, actuals(second, firm)) == (2, (999, 999))


def test_without_it_two_moments_mix(firm, corrected, monkeypatch):
    monkeypatch.setattr(issuing, "has_written", lambda: True)

    assert actuals(issued(), firm) == (100, 999)


def test_what_the_caller_wrote_in_the_same_transaction_is_read(firm):
    with transaction.atomic():
        report(firm.added, firm.north, [555], firm)
        issue = issued()

    assert actuals(issue, firm) == (555, 100)


def test_nothing_is_written_and_the_connection_is_ours_again(firm):
    ours = connections["default"]
    with pytest.raises(Exception, match="read-only"), one_moment():
        Kpi.objects.update(code="X")

    assert connections["default"] is ours
    assert not has_written()
    with transaction.atomic():
        ForecastIssue.objects.select_for_update().first()
        Kpi.objects.update(name="Written")
        assert has_written()
