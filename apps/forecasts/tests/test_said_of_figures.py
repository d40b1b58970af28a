"""Which figures the report picks for its sentences."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from apps.core.month import Month
from apps.forecasts.services.sections import people
from apps.forecasts.services.sections.results import extremes, furthest_off

NOVEMBER = Month(2026, 11)


def off(name, share):
    standing = SimpleNamespace(off_pct=None if share is None else Decimal(share))
    return SimpleNamespace(name=name, standing=standing)


def test_the_furthest_from_its_target_is_named_and_listed_first():
    lights = [off("red", "6.1"), off("unknown", None), off("amber", "10.9"), off("worst", "32.8")]
    facts = SimpleNamespace(best=[], off=lights)
    assert [one.name for one in furthest_off(facts)] == ["worst", "amber", "red"]
    assert [(place, one.name) for place, one in extremes(facts)] == [(1, "worst")]


def figure(name, then, expected):
    definition = SimpleNamespace(decimals=0, unit="hours")
    return SimpleNamespace(kpi=SimpleNamespace(name=name, definition=definition), told=(then, expected))


@pytest.mark.parametrize(
    ("figures", "code", "name"),
    [
        ([figure("Accidents", 0.31, 0.33), figure("Training", 10.0, 13.0)], "short_per_head", "Training"),
        ([figure("Accidents", 0.31, 0.33)], "short", None),
        ([figure("Training", 10.0, 13.0), figure("Accidents", 0.31, 0.33)], "short_per_head", "Training"),
    ],
)
def test_a_shortage_is_told_by_a_figure_it_visibly_moves(monkeypatch, figures, code, name):
    def per_head(_heads, row, _issued):
        then, expected = row.told
        return NOVEMBER, SimpleNamespace(then=then, expected=expected, chance=None)

    monkeypatch.setattr(people, "public_per_head", per_head)
    heads = SimpleNamespace(department_id=1, warned_month=date(2026, 11, 1), mean=[10.0], target=[11.0])
    facts = SimpleNamespace(beside={1: figures}, name_of=lambda _pk: "North")
    found = people.shortage_sentence(facts, heads, Month(2026, 10))
    assert (found.code, found.values.get("name")) == (code, name)
