"""Enter in a field presses the first button that sends its form: that must be one that saves."""

from html.parser import HTMLParser

import pytest
from django.urls import reverse

from apps.assessments.tests.factories import draft

pytestmark = pytest.mark.django_db


class Buttons(HTMLParser):
    """The buttons that send a form, in the order in which they stand."""

    def __init__(self, body):
        super().__init__()
        self.found, self.is_scriptless = [], 0
        self.feed(body)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        # With scripts, what stands in <noscript> is no button; without, it is one further down.
        self.is_scriptless += tag == "noscript"
        if tag == "button" and given.get("type", "submit") == "submit" and not self.is_scriptless:
            self.found.append(given)

    def handle_endtag(self, tag):
        self.is_scriptless -= tag == "noscript"


def buttons_of(client, address):
    """Those of the form of the page itself, not of the frame around it."""
    body = client.get(address).content.decode()
    begin = body.index('<form method="post" class="card form-card"')
    return Buttons(body[begin : body.index("</form>", begin)]).found


@pytest.fixture
def pages(firm):
    """Every page of the editor with a table of rows."""
    made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
    card, bands = made.scorecards.get(), made.indicators.get(method="interval")
    names = {
        "edit_scheme": made,
        "edit_items": made,
        "edit_people": made,
        "edit_calendar": made,
        "edit_indicator": bands,
    }
    names["add_indicator"] = card
    return {name: reverse(f"assessments:{name}", args=[row.pk]) for name, row in names.items()}


@pytest.mark.parametrize(
    "name", ["edit_scheme", "edit_items", "edit_people", "edit_calendar", "edit_indicator", "add_indicator"]
)
def test_the_first_button_of_the_scheme_editor_saves(firm, pages, as_, name):
    first, *others = buttons_of(as_(firm.hr), pages[name])
    assert "name" not in first and "formnovalidate" not in first
    assert others and "name" not in others[-1]


@pytest.mark.parametrize("name", ["edit_scheme", "edit_items", "edit_indicator"])
def test_more_lines_stay_to_be_had(firm, pages, as_, name):
    assert any(one.get("name") == "show" for one in buttons_of(as_(firm.hr), pages[name]))


def test_the_first_button_of_a_proposal_proposes(firm, rules, as_):
    first, *others = buttons_of(as_(firm.hr), reverse("assessments:propose"))
    assert "name" not in first and any(one.get("name") == "show" for one in others)
