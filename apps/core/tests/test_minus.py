"""Numbers below zero: a true minus on every page, the hyphen that spreadsheets and programs read in files."""

import csv
import io
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.template import Context, Template
from django.test import RequestFactory

from apps.core.http.cells import cell_html, export_value, plain_text
from apps.core.http.listing import Column, ListSpec, list_response

MINUS = "\u2212"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-7, f"{MINUS}7"),
        (-1234567, f"{MINUS}1,234,567"),
        (Decimal("-1234.50"), f"{MINUS}1,234.50"),
        (-0.5, f"{MINUS}0.5"),
        (Decimal("1234.50"), "1,234.50"),
    ],
)
def test_a_list_shows_a_true_minus(value, shown):
    assert plain_text(value) == shown
    assert cell_html(value, "number") == shown
    assert cell_html("x", "text", note=value).endswith(f'<span class="cell-note">{shown}</span>')


def test_words_keep_their_hyphens():
    assert plain_text("A-7 -3") == "A-7 -3"


def test_figures_and_filters_of_templates_do_the_same():
    page = Template('{% load ui %}{{ n|intcomma }} {% stat "Change" n %} {% number n %} {% signed n %}')
    body = page.render(Context({"n": -1234}))
    assert body.count(f"{MINUS}1,234") == 4 and "-1,234" not in body and "-1234" not in body


@pytest.mark.parametrize("value", [-7, Decimal("-1234.50"), -0.5])
def test_a_file_gets_the_number_itself(value):
    assert export_value(value) == value and str(export_value(value)).startswith("-")


@pytest.mark.django_db
def test_one_list_writes_both():
    get_user_model().objects.create(email="ada@example.test", name="Ada Stone")
    spec = ListSpec(
        name="accounts",
        title="Accounts",
        columns=(Column("name", "Name"), Column("change", "Change", value=lambda row: Decimal("-2.50"), kind="number")),
        default_order="name",
    )

    def ask(query=""):
        request = RequestFactory().get(f"/things/{query}")
        request.user = SimpleNamespace(is_authenticated=False)
        request.resolver_match, request.htmx = None, False
        answer = list_response(request, spec=spec, queryset=get_user_model().objects.filter(name="Ada Stone"))
        return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode("utf-8-sig")

    page = ask()
    assert f"{MINUS}2.50" in page and "-2.50" not in page
    assert list(csv.reader(io.StringIO(ask("?export=csv"))))[-1] == ["Ada Stone", "-2.50"]
