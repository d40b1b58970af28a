"""The bench of receipts opens what it says, and names what takes too many queries."""

import pytest

from ops_portal.bench.company import make_company
from ops_portal.bench.receipts import Opened, open_receipts
from ops_portal.bench.scores import Size


@pytest.mark.django_db(transaction=True)
def test_opens_published_and_corrected_receipts_as_head_and_as_human_resources():
    (found,) = open_receipts(make_company(), [Size(10)])
    assert set(found.queries) == {
        f"{what} as {who}" for what in ("department", "person") for who in ("human resources", "head")
    }
    assert found.broken() == [] and min(found.queries.values()) > 5


def test_names_a_receipt_that_takes_too_many():
    assert Opened(10, {"person as head": 16}).broken() == ["Receipt, person as head: 16 queries are more than 15."]
