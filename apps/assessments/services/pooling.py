"""The pool of a month: one amount, shared by points x weight of the role x days, to the cent (rules.staff.pool_share)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.assessments.rules.staff import pool_member, pool_share
from apps.assessments.services.standing import POOL

Facts = tuple[int, str, Decimal | None, int]
"""(person, role, points, days)"""


@dataclass(frozen=True, slots=True)
class Pool:
    """A scheme's pool: AMOUNT in the company's currency, WEIGHTS by role."""

    amount: Decimal
    weights: Mapping[str, Decimal]

    def weight_of(self, role: str) -> Decimal:
        """A role's weight; none for a role that the scheme does not know."""
        return self.weights.get(role, Decimal(0))


@dataclass(frozen=True, slots=True)
class Shared:
    """What everybody gets; AMOUNTS sum to the pool, unless nobody has a point. WHOLE: what it was shared by."""

    amounts: Mapping[int, Decimal]
    whole: Decimal


def pool_of(rules: Mapping[str, Any]) -> Pool:
    """The pool of a scheme's reward RULES, which must know one."""
    given = rules[POOL]
    weights = {role: Decimal(str(weight)) for role, weight in given.items() if role != "amount"}
    return Pool(Decimal(str(given["amount"])), weights)


def shared_out(pool: Pool, people: Iterable[Facts]) -> Shared:
    """POOL among PEOPLE who have a score; days of the month need no division, they count alike for everybody."""
    members = {
        person: pool_member(total or 0, days=days, weight=pool.weight_of(role)) for person, role, total, days in people
    }
    whole = sum((member.product for member in members.values()), Fraction(0))
    return Shared(pool_share(pool.amount, members), Decimal(whole.numerator) / whole.denominator)
