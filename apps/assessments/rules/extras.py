"""What stands beside the hundred points of a score: bonuses, deductions, vetoes, a calibration (DOMAIN.md section 2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from apps.assessments.rules.reading import exact
from apps.assessments.rules.scorecard import Extra, Line, Scorecard, Terms, Veto, assemble

Extras = Sequence[Mapping[str, Any]]
"""[{"kind": bonus | penalty | veto | calibration, "code", "points", …}, …]; numbers as text."""


def counted(extras: Extras, kind: str, items: Iterable[Mapping[str, Any]]) -> list[Fraction]:
    """Points of one KIND, a number an item: an item's cap holds over everything that falls under it."""
    caps = {str(item.get("code")): exact(item.get("cap")) for item in items}
    sums: dict[str, Fraction] = {}
    for extra in extras:
        if extra["kind"] == kind:
            code = str(extra.get("code"))
            sums[code] = sums.get(code, Fraction(0)) + (exact(extra.get("points")) or Fraction(0))
    return [total if (cap := caps.get(code)) is None else min(total, cap) for code, total in sums.items()]


def vetoes(extras: Extras) -> list[Veto]:
    """The vetoes among them."""
    return [
        Veto(action=extra["action"], value=exact(extra.get("value")), grade=str(extra.get("grade") or ""))
        for extra in extras
        if extra["kind"] == "veto"
    ]


def calibration(extras: Extras) -> Fraction:
    """What the score is moved by; 0 where nobody calibrated it."""
    return sum(
        (exact(extra.get("points")) or Fraction(0) for extra in extras if extra["kind"] == "calibration"), Fraction(0)
    )


@dataclass(frozen=True, slots=True)
class Items:
    """The scheme's bonus and penalty items, of which the caps are needed here."""

    bonus: Sequence[Mapping[str, Any]] = ()
    penalty: Sequence[Mapping[str, Any]] = ()


def with_extras(terms: Terms, extras: Extras, items: Items) -> Terms:
    """The scheme's terms with what counts for one subject in them."""
    return replace(
        terms,
        bonus=Extra(counted(extras, "bonus", items.bonus), terms.bonus.cap),
        deductions=Extra(counted(extras, "penalty", items.penalty), terms.deductions.cap),
        calibration=calibration(extras),
        vetoes=vetoes(extras),
    )


def assemble_with(lines: Sequence[Line], terms: Terms, extras: Extras, items: Items) -> tuple[Scorecard, Scorecard]:
    """The score as it stands, and what it would be without its calibration."""
    full = with_extras(terms, extras, items)
    card = assemble(lines, full)
    return card, assemble(lines, replace(full, calibration=0)) if full.calibration else card
