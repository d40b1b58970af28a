"""R10, short: one key some times at once, a form sent twice, two people at once; each fails without its protection."""

import time
from unittest import mock

import pytest

from ops_portal.drills import sends

TIMES = 6
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def whole_again():
    """Put every protection back that a test took out."""
    yield
    mock.patch.stopall()


@pytest.fixture
def company(live_server, monkeypatch):
    """A portal over real HTTP, whose clients come again sooner than they are told to."""
    sleep = time.sleep
    monkeypatch.setattr("ops_portal.drills.senders.time.sleep", lambda seconds: sleep(min(seconds, 0.1)))
    return sends.Company(live_server.url)


def one(company, name):
    """The try of that name, by two people."""
    return next(found for found in reversed(sends.tries(company)) if found.title == name)


class TestSends:
    @pytest.mark.parametrize("make", sends.KEYED)
    def test_one_key_at_once_makes_one_row_and_one_answer(self, company, make):
        assert sends.key_faults(make(company), times=TIMES) == []

    def test_what_is_sent_twice_is_done_once_and_said_in_words(self, company):
        assert [fault for found in sends.tries(company) for fault in found.faults_at_once()] == []


class TestProtections:
    @pytest.mark.parametrize("name", ["key_lock", "answers", "digest"])
    @pytest.mark.parametrize("make", sends.KEYED)
    def test_a_key_needs_it(self, company, make, name):
        sends.take_out(name)
        assert sends.key_faults(make(company), times=TIMES) != []

    @pytest.mark.parametrize(
        ("name", "title"),
        [
            ("words", "hire"),
            ("tree_lock", "close a department"),
            ("case_lock", "rule on a case"),
            ("kpi_lock", "report a month"),
        ],
    )
    def test_two_people_need_it(self, company, name, title):
        assert one(company, title).faults_at_once() == []
        sends.take_out(name)
        assert one(company, title).faults_at_once() != []

    def test_each_has_been_tried(self):
        assert set(sends.PROTECTIONS) == set(sends.unguarded.OUT)
