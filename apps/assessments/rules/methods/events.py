"""Counted events: deductions for what went wrong, bonuses for what was achieved (`deduction`, `bonus`)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from apps.assessments.rules.methods.method import OfManyThings
from apps.assessments.rules.missing import WAIT, Missing
from apps.assessments.rules.reading import Fields, count, rows
from apps.assessments.rules.results import Earned, Explained, Figures, WrongConfiguration


@dataclass(frozen=True, slots=True)
class Item:
    """A kind of event: POINTS_EACH beyond ALLOWANCE free ones, at most CAP in all (None: no cap)."""

    code: str
    points_each: Fraction
    cap: Fraction | None
    allowance: Fraction = Fraction(0)

    def worth(self, happened: Fraction) -> Fraction:
        """Points of so many events."""
        found = max(Fraction(0), happened - self.allowance) * self.points_each
        return found if self.cap is None else min(self.cap, found)

    def explained(self, code: str, happened: Fraction) -> Explained:
        """The line of a receipt."""
        numbers: Figures = {"item": self.code, "count": happened, "allowance": self.allowance, "each": self.points_each}
        return Explained(code, {**numbers, "cap": self.cap, "points": self.worth(happened)})


def items_by_code(items: Iterable[Item]) -> dict[str, Item]:
    """Items by their codes, each of which may stand there once."""
    found: dict[str, Item] = {}
    for item in items:
        if found.setdefault(item.code, item) is not item:
            raise WrongConfiguration("duplicate_code", item.code)
    return found


@dataclass(frozen=True, slots=True)
class Deduction:
    """The weight less what each kind of event costs, never below MIN_POINTS. No events at all is a full score."""

    items: Mapping[str, Item]
    min_points: Fraction = Fraction(0)
    missing: Missing = WAIT

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """`items` of `code`, `points_each`, `allowance`, `cap`; `min_points`, `missing`."""
        fields.ignore("direction")
        items = (
            Item(
                code=item.text("code"),
                points_each=item.number("points_each", least=0),
                cap=item.number_or_none("cap", least=0),
                allowance=item.number("allowance", 0, least=0),
            )
            for item in fields.objects("items")
        )
        return cls(items_by_code(items), fields.number("min_points", 0), Missing.read(fields))

    def check(self, target: object) -> None:
        """Deductions need no target."""

    def is_reported(self, actual: object) -> bool:
        """A report counts every kind it names; one count left open leaves the whole report open."""
        return actual is not None and not (isinstance(actual, Mapping) and None in actual.values())

    def earn(self, actual: object, target: object, weight: Fraction) -> Earned:
        """W - the sum over the items."""
        del target
        if not isinstance(actual, Mapping):
            raise WrongConfiguration("not_counts", "actual")
        steps, lost = [], Fraction(0)
        for code, happened in actual.items():
            item = self.items.get(code)
            if item is None:
                raise WrongConfiguration("unknown_code", str(code))
            times = count(happened, str(code))
            lost += item.worth(times)
            steps.append(item.explained("deduction.item", times))
        points = max(self.min_points, weight - lost)
        total = {"weight": weight, "lost": lost, "least": self.min_points, "points": points}
        return Earned(points, (*steps, Explained("points.less", total)))


@dataclass(frozen=True, slots=True)
class Bonus(OfManyThings):
    """What approved claims are worth, outside the hundred: the weight plays no part."""

    items: Mapping[str, Item]
    cap: Fraction | None = None

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """`items` of `code`, `points_each`, `cap`; `cap` over all of them."""
        fields.ignore("direction", "missing")
        items = (
            Item(item.text("code"), item.number("points_each", least=0), item.number_or_none("cap", least=0))
            for item in fields.objects("items")
        )
        return cls(items_by_code(items), fields.number_or_none("cap", least=0))

    def earn(self, actual: object, target: object, weight: Fraction) -> Earned:
        """Min(cap, the sum over the items); an item's own cap holds over all its claims together."""
        del target, weight
        counts: dict[str, Fraction] = defaultdict(Fraction)
        for code, times in approved_claims(() if actual is None else rows(actual, "actual")):
            if code not in self.items:
                raise WrongConfiguration("unknown_code", str(code))
            counts[code] += times
        steps = [self.items[code].explained("bonus.item", times) for code, times in counts.items()]
        earned = sum((self.items[code].worth(times) for code, times in counts.items()), Fraction(0))
        points = earned if self.cap is None else min(self.cap, earned)
        return Earned(points, (*steps, Explained("points.bonus", {"sum": earned, "cap": self.cap, "points": points})))


def approved_claims(claims: Iterable[object]) -> Iterable[tuple[str, Fraction]]:
    """(code, how often) of each claim that was approved; a claim without a count is one."""
    for claim in claims:
        if not isinstance(claim, Mapping):
            raise WrongConfiguration("not_a_claim", "actual")
        if claim.get("approved") is True:
            often = claim.get("count")
            yield str(claim.get("code")), count(1 if often is None else often, "count")
