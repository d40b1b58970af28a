"""From a department's score to people and their pay (DOMAIN.md section 2, scoring_examples.README.md "Staff and bonus")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from apps.assessments.rules.scorecard import Number
from apps.core.rounding import round_half_up

Id = TypeVar("Id", str, int)
FEWEST_DAYS = 15
"""Fewer days than this in the month are not assessed, unless the scheme says otherwise."""


class PersonOutcome(StrEnum):
    """What became of a person's score; only `ok` has one."""

    OK = "ok"
    NOT_ASSESSED = "not_assessed"
    PENDING = "pending"
    INVALID_CONFIG = "invalid_config"


@dataclass(frozen=True, slots=True)
class Stay:
    """Days a person spent in a department in the period, and the department's score (None: not out yet)."""

    score: Number | None
    days: Number


@dataclass(frozen=True, slots=True)
class PersonScore:
    """A person's score of two places, with the department's part exactly as it went in."""

    outcome: PersonOutcome
    score: Decimal | None = None
    department_part: Fraction | None = None


def combine(
    stays: Sequence[Stay],
    *,
    personal: Number | None,
    dept_weight: Number,
    personal_weight: Number,
    min_days: Number = FEWEST_DAYS,
) -> PersonScore:
    """Day-weighted department score x DEPT_WEIGHT % + personal score x PERSONAL_WEIGHT %; rounded once at the end.

    Weights that do not sum to 100 are `invalid_config`; fewer days than MIN_DAYS `not_assessed`; a part that carries weight
    and is not there `pending`.
    """
    if Fraction(dept_weight) + Fraction(personal_weight) != 100 or dept_weight < 0 or personal_weight < 0:
        return PersonScore(PersonOutcome.INVALID_CONFIG)
    days = sum((Fraction(stay.days) for stay in stays), Fraction(0))
    if days < min_days or not days:
        return PersonScore(PersonOutcome.NOT_ASSESSED)
    is_department_open = dept_weight > 0 and any(stay.score is None for stay in stays if stay.days)
    if is_department_open or (personal is None and personal_weight > 0):
        return PersonScore(PersonOutcome.PENDING)
    department = sum((Fraction(stay.score or 0) * Fraction(stay.days) for stay in stays), Fraction(0)) / days
    both = department * Fraction(dept_weight) + Fraction(personal or 0) * Fraction(personal_weight)
    return PersonScore(PersonOutcome.OK, round_half_up(both / 100, 2), department)


def bonus_pay(
    base: Number, *, dept_coef: Number, personal_coef: Number, days_worked: Number, days_in_period: Number
) -> Decimal | None:
    """BASE x both coefficients x DAYS_WORKED / DAYS_IN_PERIOD, in the currency of BASE; None for a period without days."""
    if not days_in_period:
        return None
    full = Fraction(base) * Fraction(dept_coef) * Fraction(personal_coef)
    return round_half_up(full * Fraction(days_worked) / Fraction(days_in_period), 2)


@dataclass(frozen=True, slots=True)
class Member:
    """Someone who shares in a pool: in proportion to BASE x COEF."""

    base: Number
    coef: Number

    @property
    def product(self) -> Fraction:
        """What the share is in proportion to."""
        return Fraction(self.base) * Fraction(self.coef)


def pool_member(score: Number, *, days: Number, weight: Number) -> Member:
    """Somebody who shares in a month's pool by points x days x weight. A score below zero counts as none."""
    return Member(max(Fraction(score), Fraction(0)) * Fraction(days), weight)


def pool_share(pool: Number, members: Mapping[Id, Member]) -> dict[Id, Decimal]:
    """Each member's share of POOL (money, two places); the shares sum to the pool to the cent.

    Cut down to cents first; cents left over go to the largest remainders, of equal ones to the lowest id. Nobody with a
    product: 0.00 each. ValueError for a pool or a product below zero.
    """
    cents = int(round_half_up(pool, 2).scaleb(2))
    if cents < 0 or any(member.product < 0 for member in members.values()):
        message = "A pool and what it is shared by cannot be negative: correct the pool, the bases or the coefficients."
        raise ValueError(message)
    whole = sum((member.product for member in members.values()), Fraction(0))
    if not whole:
        return dict.fromkeys(members, Decimal("0.00"))
    exact = {key: cents * member.product / whole for key, member in members.items()}
    shares = {key: int(share) for key, share in exact.items()}
    by_remainder = sorted(members, key=lambda key: (shares[key] - exact[key], key))
    for key in by_remainder[: cents - sum(shares.values())]:
        shares[key] += 1
    return {key: Decimal(share).scaleb(-2) for key, share in shares.items()}
