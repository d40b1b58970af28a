"""How those who give people their personal part give it: the checks of raters, and one for those whose people nobody else
rates (DOMAIN.md section 2, "Rater checks"). Flags for people, no adjustment."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from apps.assessments.rules.raters import (
    LENIENCY_LEAST,
    LENIENCY_POINTS,
    Flag,
    Opinion,
    RaterCheck,
    rater_checks,
)


def appraiser_checks(opinions: Iterable[Opinion]) -> list[RaterCheck]:
    """Every giver's habits. There is one criterion, so nothing can be said of criteria told apart; and mostly one giver for
    each person, so mildness is measured against what others gave their own people where it cannot be on the same ones."""
    rows = list(opinions)
    total, count = sum((one.pct for one in rows), Fraction(0)), len(rows)
    return [against_all(check, total, count) for check in rater_checks(rows)]


def against_all(check: RaterCheck, total: Fraction, count: int) -> RaterCheck:
    """The check with how far its mean lies from the mean of everything the others gave, and a flag for five points or more.

    Nothing is said of fewer than five answers on either side, nor where leniency on the same people is known: that is truer.
    """
    others = count - check.count
    if check.leniency is not None or min(check.count, others) < LENIENCY_LEAST:
        return check
    gap = check.mean - (total - check.mean * check.count) / others
    flag = Flag.GENEROUS if gap >= LENIENCY_POINTS else Flag.SPARING if gap <= -LENIENCY_POINTS else None
    return replace(check, apart=gap, flags=(*check.flags, flag) if flag else check.flags)
