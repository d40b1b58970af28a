"""Systems are told of each act on the tree once."""

from datetime import UTC, date, datetime

import pytest

from apps.departments import services
from apps.departments.services.refusals import CodeTaken
from apps.notifications.tests.factories import events_sent, subscribed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DONE = {"by": None, "now": NOW}


def made(code, parent=None):
    return services.create_department(code=code, name=code.title(), parent=parent, on=date(2026, 1, 1), **DONE)


def test_each_act_is_an_event():
    subscribed("departments.*")
    firm = made("FIRM")
    sales, shop, web = made("SALES", firm), made("SHOP", firm), made("WEB", firm)
    services.rename_department(department=sales, name="Selling", on=date(2026, 3, 1), **DONE)
    services.move_department(department=shop, parent=sales, on=date(2026, 4, 1), reason="Closer", **DONE)
    services.merge_departments(sources=[web], into=sales, on=date(2026, 5, 1), reason="One team", **DONE)
    services.close_department(department=shop, on=date(2026, 6, 1), reason="Sold", **DONE)
    services.reopen_department(department=shop, parent=firm, on=date(2026, 7, 1), reason="Bought back", **DONE)
    events = events_sent()
    assert [event.partition(".")[2] for event, _facts in events] == [
        "created", "created", "created", "created", "renamed", "moved", "merged", "closed", "reopened",
    ]  # fmt: skip
    facts = dict(events)
    assert (facts["departments.renamed"]["former_name"], facts["departments.renamed"]["new_name"]) == (
        "Sales",
        "Selling",
    )
    assert (facts["departments.moved"]["former_parent"], facts["departments.moved"]["parent"]) == (firm.pk, sales.pk)
    assert (facts["departments.merged"]["department"], facts["departments.merged"]["sources"]) == (sales.pk, [web.pk])
    assert facts["departments.closed"] == {
        "department": shop.pk, "code": "SHOP", "name": "Shop", "on": "2026-06-01"
    }  # fmt: skip


def test_what_is_refused_is_told_nobody():
    made("FIRM")
    subscribed("*")
    with pytest.raises(CodeTaken):
        made("FIRM")
    assert events_sent() == []
