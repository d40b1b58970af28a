"""What a line earns when nothing was reported (DOMAIN.md section 1): never silently 0, never silently dropped."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Self

from apps.assessments.rules.reading import Fields
from apps.assessments.rules.results import Status

Policy = Literal["pending", "zero", "exclude", "carry"]
POLICIES: tuple[Policy, ...] = ("pending", "zero", "exclude", "carry")


@dataclass(frozen=True, slots=True)
class Missing:
    """What to do for want of a report: `pending` waits, `zero` earns 0, `exclude` leaves the line out, `carry` pays the last
    published rate again (for at most MAX_PERIODS periods, which the caller counts)."""

    policy: Policy = "pending"
    previous_rate: Fraction | None = None
    max_periods: int | None = None

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """From the key `missing` of a method's parameters; nothing written: pending."""
        inner = fields.inner("missing")
        if inner is None:
            return cls()
        found = cls(
            policy=inner.choice("policy", POLICIES, "pending"),
            previous_rate=inner.number_or_none("previous_rate"),
            max_periods=None if inner.get("max_periods") is None else inner.whole("max_periods", 0, least=1),
        )
        inner.refuse_unknown()
        return found

    def result(self, previous_rate: Fraction | None) -> tuple[Status, Fraction | None]:
        """(status, share of the weight earned) for PREVIOUS_RATE, or for the one written in the parameters."""
        if self.policy == "zero":
            return Status.MISSING_ZERO, Fraction(0)
        if self.policy == "exclude":
            return Status.EXCLUDED, None
        rate = self.previous_rate if previous_rate is None else previous_rate
        if self.policy == "carry" and rate is not None:
            return Status.CARRIED, rate
        return Status.PENDING, None


WAIT = Missing()
"""What holds where nothing is written: a line without a report waits, and with it the scorecard."""
