"""Figures of the database as columns of whole numbers: the same numbers as one by one, or nothing."""

import random
from decimal import Decimal
from fractions import Fraction

import polars as pl

from apps.assessments.rules.quick import LARGEST, PLACE
from apps.assessments.selectors.figures import figure_of, with_whole_numbers
from apps.kpis.selectors import Fact, FactSheet


def fact(**figures):
    """A reported fact; figures as texts, nothing where not given."""
    nothing = dict.fromkeys(Fact._fields)
    return Fact(**{**nothing, "kpi": 1, "department": 2, "presence": "number", **figures})


def text(number):
    """As the database writes it."""
    return f"{Decimal(number):.10f}"


def whole_numbers(*facts):
    """(TIMES x the actual in PLACE, TIMES, the target in PLACE) of each."""
    table = pl.DataFrame(
        facts, schema=dict.fromkeys(Fact._fields, pl.String) | {"kpi": pl.Int64}, orient="row", strict=False
    )
    return with_whole_numbers(table).select("actual", "times", "aim").rows()


def test_plain_figures():
    assert whole_numbers(fact(value=text("-2.5"), target=text(7)), fact(value=text(0))) == [
        (-25 * PLACE // 10, 1, 7 * PLACE),
        (0, 1, None),
    ]


def test_quotients_are_exact_and_shortened():
    quotient = {"value": text(33), "numerator": text(1), "denominator": text(-3), "scale": text(100)}
    finer = {**quotient, "numerator": text("1.5"), "denominator": text("4.5")}
    assert whole_numbers(fact(**quotient), fact(**finer)) == [
        (-100 * PLACE, 3, None),
        (100 * PLACE * 15_000, 45_000, None),
    ]


def test_no_figure_and_figures_too_large_for_128_bits_are_left_out():
    large = text(10**17)
    quotient = {"value": large, "numerator": text(10**17)[:-1] + "1", "denominator": text(1), "scale": text(10**8)}
    assert [row[0] for row in whole_numbers(fact(), fact(**quotient), fact(value=large))] == [None, None, 10**27]
    assert LARGEST < 10**27


def test_any_figure_is_the_one_the_rules_are_given():
    chance = random.Random("figures")

    def number(most):
        places = chance.choice((0, 2, 4, 10))
        return text(Decimal(chance.randint(-(10**most), 10**most)).scaleb(-places))

    facts = []
    for _ in range(2000):
        parts = {
            "numerator": number(chance.randint(1, 17)),
            "denominator": number(chance.randint(1, 9)),
            "scale": text(100),
        }
        is_quotient = chance.random() < 0.7 and Decimal(parts["denominator"]) != 0
        facts.append(fact(value=number(12), **(parts if is_quotient else {})))
    found = whole_numbers(*facts)
    for one, (top, times, _aim) in zip(facts, found, strict=True):
        assert top is None or Fraction(top, times * PLACE) == figure_of(one), one
    assert sum(top is not None for top, _times, _aim in found) > 1200


def test_a_sheet_gives_the_facts_as_they_were_written():
    rows = ("7 12 number 1.5000000000 - - - 2.0000000000 - -", "8 12 missing - - - - - - -")
    raw = "".join(row.replace(" ", "\t").replace("-", "\\N") + "\n" for row in rows)
    assert list(FactSheet(raw.encode())) == [
        fact(kpi=7, department=12, value=text("1.5"), target=text(2)),
        fact(kpi=8, department=12, presence="missing"),
    ]
    assert list(FactSheet(b"")) == []
