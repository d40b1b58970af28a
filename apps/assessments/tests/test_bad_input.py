"""Bad input: refused in one clear sentence that names what, where and how to mend it; nothing is stored anywhere."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.selectors.assessed import scheme_in_force
from apps.assessments.services.entries import enter_facts
from apps.assessments.services.rating import Said, rate_departments
from apps.assessments.tests.appeals import appeal_of, place
from apps.assessments.tests.factories import NOW, approved, draft, rule, terms
from apps.assessments.tests.registers import register_draft, with_raters
from apps.core.errors import Refusal
from apps.core.month import Month
from apps.kpis.tests.factories import make_kpi
from apps.staff.selectors import scope_of

pytestmark = pytest.mark.django_db
MAY = Month(2026, 5)
BANDS = {
    "gap": [("90", None, "100"), ("0", "80", "0")],
    "overlap": [("80", None, "100"), (None, "90", "0")],
}


def everything():
    """Of each table of the assessments and of the rulings they ask for, its history too: how many rows, and a digest of
    all that stands in them."""
    models = [one for app in ("assessments", "approvals") for one in apps.get_app_config(app).get_models()]
    assert len(models) > 40
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(one._meta.db_table for one in models):
            cursor.execute(f"SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {table} t")
            found[table] = cursor.fetchone()
    return found


def submitted(firm, lines):
    """Handing in rules of these lines."""
    made = draft(by=firm.hr, departments=firm.assessed, lines=lines)
    return lambda: services.submit_scheme(scheme=made, by=firm.hr, now=NOW)


def weights_not_100(firm):
    return submitted(firm, [terms(firm.revenue, 70, cap="1.2"), terms(firm.complaints, 20, cap="1.2")])


def bands_with(fault):
    def act(firm):
        bands = [{"min": least, "max": most, "pct": pct} for least, most, pct in BANDS[fault]]
        line = terms(firm.complaints, 30, method="interval", basis="actual", bounds="[)", bands=bands)
        return submitted(firm, [terms(firm.revenue, 70, cap="1.2"), line])

    return act


def target_missing(firm):
    made = make_kpi(firm.company, code="NEW", name="Novelty", reporting=firm.assessed)
    return submitted(firm, [terms(firm.revenue, 70, cap="1.2"), terms(made, 30, cap="1.2")])


def scheme_not_approved(firm):
    submitted(firm, firm.lines)()
    return lambda: services.compute_month(month=MAY, by=firm.hr, now=NOW)


def with_registers(firm):
    """Rules with events and raters, in force."""
    return approved(register_draft(with_raters(firm)), by=firm.hr, deciders=[firm.coo, firm.gm])


def month_closed(firm):
    rules = with_registers(firm)
    about = {"month": MAY, "department": firm.north, "indicator": rules.indicators.get(code="SAFE")}
    return lambda: enter_facts(**about, content={}, scope=scope_of(firm.mia, NOW.date()), by=firm.mia, now=NOW)


def rater_of_himself(firm):
    said = [Said(firm.south, with_registers(firm).indicators.get(code="HELP"), "A")]
    scope = scope_of(firm.rita, NOW.date())
    return lambda: rate_departments(month=MAY, ratings=said, scope=scope, by=firm.rita, now=NOW)


def approved_may(firm):
    """May, approved and not yet published."""
    approved(draft(by=firm.hr, departments=firm.assessed, lines=firm.lines), by=firm.hr, deciders=[firm.coo, firm.gm])
    services.compute_month(month=MAY, by=firm.hr, now=NOW)
    case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
    for decider in (firm.coo, firm.gm):
        rule(case, decider)


def published_may(firm):
    approved_may(firm)
    return services.publish_month(month=MAY, by=firm.hr, now=NOW).run


def appeal_after_the_window(firm):
    run = published_may(firm)
    over = services.window_of(place()) + timedelta(seconds=1)
    return lambda: appeal_of(firm, run, now=over)


def published_by_somebody_else(firm):
    published_may(firm)
    other = UserFactory(roles=["hr"], name="Hector HR")
    return lambda: services.publish_month(month=MAY, by=other, now=NOW)


def coefficient_out_of_range(firm):
    card = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines).scorecards.get()
    places = {firm.north: Decimal("1.51"), firm.south: Decimal(1)}
    return lambda: services.place_departments(scorecard=card, departments=places, by=firm.hr)


CASES = {
    "weights not 100": (weights_not_100, "The weights add up to 90", "All departments", "Make them exactly 100"),
    "bands with a gap": (
        bands_with("gap"),
        "The bands leave a gap",
        "All departments · Complaints",
        "begin where the one before ends",
    ),
    "bands that overlap": (
        bands_with("overlap"),
        "Bands overlap",
        "All departments · Complaints",
        "let each begin where",
    ),
    "target missing": (target_missing, "There is no target", "All departments · Novelty", "Set one"),
    "scheme not approved": (scheme_not_approved, "No approved scheme is in force", "May 2026", "Approve one"),
    "month closed": (month_closed, "was 5 June 2026, 18:00", "May 2026", "Ask the chief operating officer"),
    "appeal after the window": (appeal_after_the_window, "were taken until 22 June 2026", "May 2026", "tell them"),
    "published by two people": (published_by_somebody_else, "were published by Hanna HR", "May 2026", "Open the month"),
    "rater rating himself": (rater_of_himself, "You lead or belong to", "South", "Leave it out"),
    "coefficient out of range": (coefficient_out_of_range, "The difficulty", "North", "must be from 0.5 to 1.5"),
}


class TestBadInput:
    @pytest.mark.parametrize("name", CASES)
    def test_is_refused_in_one_sentence_and_nothing_is_stored(self, firm, name):
        prepared, what, where, remedy = CASES[name]
        act = prepared(firm)
        before = everything()
        with pytest.raises(Refusal) as refused:
            act()
        text = str(refused.value)
        assert [word for word in (what, where, remedy) if word not in text] == [], text
        assert len(text) < 400 and "\n" not in text and not re.search(r"[{}<>]|%\(|None|Decimal", text), text
        assert everything() == before

    def test_publishing_twice_by_the_same_person_gives_the_same_publication_and_stores_nothing(self, firm):
        run = published_may(firm)
        before = everything()
        assert services.publish_month(month=MAY, by=firm.hr, now=NOW + timedelta(minutes=1)) == run.publication
        assert everything() == before

    def test_the_comparison_sees_a_change_of_a_single_word(self, firm):
        made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
        before = everything()
        services.change_standing(scheme=made, parts={"calibration_band": Decimal(1)}, by=firm.hr)
        changed = {table for table, found in everything().items() if found != before[table]}
        assert {"assessments_scheme", "assessments_schemeevent"} <= changed
        assert scheme_in_force(Month.of(date(2026, 5, 1))) is None
