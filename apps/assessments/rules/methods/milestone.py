"""Milestones: credit for what was done in time (scoring_examples.README.md, `milestone`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal, Self

from apps.assessments.rules.methods.method import PERCENT, OfManyThings
from apps.assessments.rules.reading import Fields, day
from apps.assessments.rules.results import Earned, Explained, Status, Unearned, WrongConfiguration

Mode = Literal["due_only", "all"]
Late = Literal["zero", "per_day"]
FULL = Fraction(100)


@dataclass(frozen=True, slots=True)
class Milestone:
    """One thing to be done by a day, and the day it was done on (None: not done)."""

    code: str
    weight: Fraction
    due: date
    done: date | None = None

    def done_by(self, as_of: date) -> date | None:
        """The day it was done on; what is said to be done on a later day than AS_OF is not done yet."""
        return self.done if self.done is not None and self.done <= as_of else None


@dataclass(frozen=True, slots=True)
class MilestoneFacts:
    """What is known of the milestones on a day: given as the actual where the parameters name none."""

    as_of: date
    items: tuple[Milestone, ...]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """`as_of`, `items` of `code`, `weight`, `due`, `done`."""
        as_of = day(fields.get("as_of"), "as_of")
        return cls(
            as_of=as_of,
            items=tuple(
                Milestone(
                    code=str(item.get("code") or ""),
                    weight=item.number("weight", least=0),
                    due=day(item.get("due"), item.key_of("due")),
                    done=None if item.get("done") is None else day(item.get("done"), item.key_of("done")),
                )
                for item in fields.objects("items")
            ),
        )


@dataclass(frozen=True, slots=True)
class Milestones(OfManyThings):
    """The weighted credit of the items in the base: those due or done (`due_only`), or every one (`all`)."""

    mode: Mode = "due_only"
    late: Late = "zero"
    per_day_pct: Fraction = Fraction(0)
    facts: MilestoneFacts | None = None

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """`mode`, `late`, `per_day_pct`; `as_of` and `items` unless they come as the actual."""
        fields.ignore("direction", "missing")
        late: Late = fields.choice("late", ("zero", "per_day"), "zero")
        per_day = fields.number_or_none("per_day_pct", least=0)
        if late == "per_day" and per_day is None:
            raise WrongConfiguration("missing", "per_day_pct")
        has_facts = fields.get("items") is not None or fields.get("as_of") is not None
        return cls(
            mode=fields.choice("mode", ("due_only", "all"), "due_only"),
            late=late,
            per_day_pct=per_day or Fraction(0),
            facts=MilestoneFacts.read(fields) if has_facts else None,
        )

    def known(self, actual: object) -> MilestoneFacts:
        """The facts to be judged: the reported ones, else those of the parameters."""
        if isinstance(actual, MilestoneFacts):
            return actual
        if isinstance(actual, Mapping):
            return MilestoneFacts.read(Fields(actual, "actual"))
        if self.facts is None or actual is not None:
            raise WrongConfiguration("missing" if actual is None else "not_milestones", "items")
        return self.facts

    def credit(self, item: Milestone, as_of: date) -> Fraction:
        """The percentage one item earns."""
        done = item.done_by(as_of)
        if done is None:
            return Fraction(0)
        days_late = (done - item.due).days
        if days_late <= 0:
            return FULL
        return max(Fraction(0), FULL - days_late * self.per_day_pct) if self.late == "per_day" else Fraction(0)

    def earn(self, actual: object, target: object, weight: Fraction) -> Earned | Unearned:
        """W x weighted credit; nothing in the base is excluded, which is neither 0 nor 100 %."""
        del target
        facts = self.known(actual)
        base = [
            item
            for item in facts.items
            if self.mode == "all" or item.due <= facts.as_of or item.done_by(facts.as_of) is not None
        ]
        heavy = sum((item.weight for item in base), Fraction(0))
        if not heavy:
            return Unearned(Status.EXCLUDED, (Explained("milestone.nothing_due", {"as_of": str(facts.as_of)}),))
        pct = sum((item.weight * self.credit(item, facts.as_of) for item in base), Fraction(0)) / heavy
        points = weight * pct * PERCENT
        steps = [self.explained(item, facts.as_of) for item in base]
        return Earned(points, (*steps, Explained("points.pct", {"weight": weight, "pct": pct, "points": points})))

    def explained(self, item: Milestone, as_of: date) -> Explained:
        """The line of a receipt."""
        done = item.done_by(as_of)
        return Explained(
            "milestone.item",
            {
                **{"item": item.code, "weight": item.weight, "due": str(item.due), "done": str(done) if done else None},
                **{"days_late": max((done - item.due).days, 0) if done else None, "pct": self.credit(item, as_of)},
            },
        )
