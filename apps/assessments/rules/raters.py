"""Raters on one scale, for discussion only, never for publishing (scoring_examples.README.md, `rater/adjust`); and signs
that somebody rates otherwise than the others (DOMAIN.md section 2, "Rater checks"): flags for people, no adjustment."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import combinations
from math import isqrt

from apps.assessments.rules.scorecard import Number
from apps.core.rounding import round_half_up

ROOT_PLACES = 40
SPREAD_PLACES = 20


def square_root(value: Fraction) -> Fraction:
    """The root of a number that is not negative: exact where it is rational, else cut at forty places."""
    inside = value.numerator * value.denominator
    whole = isqrt(inside)
    if whole * whole == inside:
        return Fraction(whole, value.denominator)
    scale = 10**ROOT_PLACES
    return Fraction(isqrt(inside * scale * scale), value.denominator * scale)


def adjusted(scores: Sequence[Number], *, target_mean: Number, target_sd: Number) -> list[Decimal]:
    """Scores of one rater moved to a common mean and spread: target mean + (x - mean) x target sd / sample sd.

    Fewer than two scores, or all the same, say nothing about the rater and stay as they are.
    """
    known = [Fraction(score) for score in scores]
    mean = sum(known, Fraction(0)) / len(known) if known else Fraction(0)
    squares = sum(((score - mean) ** 2 for score in known), Fraction(0))
    if len(known) < 2 or not squares:
        return [round_half_up(score, 2) for score in known]
    stretch = Fraction(target_sd) / square_root(squares / (len(known) - 1))
    return [round_half_up(Fraction(target_mean) + (score - mean) * stretch, 2) for score in known]


def mean_and_spread(values: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """The mean and the sample standard deviation; without two values there is no spread: 0."""
    mean = sum(values, Fraction(0)) / len(values) if values else Fraction(0)
    squares = sum(((value - mean) ** 2 for value in values), Fraction(0))
    return mean, square_root(squares / (len(values) - 1)) if len(values) > 1 else Fraction(0)


class Flag(StrEnum):
    """What is odd about a rater."""

    LENIENT = "lenient"
    SEVERE = "severe"
    CENTRAL = "central"
    HALO = "halo"
    ONE_LEVEL = "one_level"
    RECIPROCAL = "reciprocal"
    GENEROUS = "generous"
    SPARING = "sparing"


LENIENCY_POINTS, LENIENCY_LEAST = Fraction(5), 5
"""A mean distance from the other raters of so many points, over at least so many subjects."""
CENTRAL_SHARE, ANSWERS_LEAST = Fraction(1, 2), 5
"""A spread below this share of the median rater's; of fewer answers neither spread nor habit can be told."""
HALO_CORRELATION, HALO_LEAST = Fraction(9, 10), 8
ONE_LEVEL_SHARE = Fraction(7, 10)
FAVOUR_POINTS = Fraction(5)
"""So far above the other raters' mean somebody's department is favoured; the threshold of leniency, on one subject."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one rater said of a subject by one criterion: the level, and its worth in percent."""

    rater: str
    subject: int
    criterion: int
    pct: Fraction
    level: str


@dataclass(frozen=True, slots=True)
class RaterCheck:
    """How one rater rated. Points and spreads in percent points; None: too few answers to say."""

    rater: str
    count: int
    mean: Fraction
    spread: Fraction | None
    leniency: Fraction | None
    shared: int
    """Answers that others gave as well."""
    halo: Fraction | None
    top_level: str
    top_share: Fraction
    flags: tuple[Flag, ...]
    partners: tuple[str, ...] = ()
    """Raters whose departments this one favours, and who favour this one's."""
    apart: Fraction | None = None
    """How far the mean lies from what all others gave, of whomever; only where leniency cannot be told (appraisers)."""


def rater_checks(opinions: Iterable[Opinion], places: Mapping[str, Collection[int]] | None = None) -> list[RaterCheck]:
    """Every rater's habits, by name. Thresholds: DOMAIN.md section 2, all of them strict but those of points.

    PLACES: rater → the subjects they belong to, so that those who favour each other's are found.
    """
    by_rater: dict[str, list[Opinion]] = {}
    for opinion in opinions:
        by_rater.setdefault(opinion.rater, []).append(opinion)
    known = {rater: spread_of([one.pct for one in said]) for rater, said in by_rater.items()}
    usual = median([spread for spread in known.values() if spread is not None])
    others = sums_by_subject(one for said in by_rater.values() for one in said)
    checks = [check_of(rater, by_rater[rater], known[rater], usual, others) for rater in sorted(by_rater)]
    pairs = returned_favours(by_rater, others, places or {})
    return [with_partners(check, pairs[check.rater]) if check.rater in pairs else check for check in checks]


@dataclass(frozen=True, slots=True)
class Standardised:
    """One opinion on the common scale, beside what all raters together make of its subject by that criterion."""

    opinion: Opinion
    pct: Decimal
    """m0 + (x - m) x s0 / s: m and s of this rater, m0 and s0 of all opinions; two places, not cut at 0 or 100."""
    raw_mean: Decimal
    mean: Decimal
    """Plain means of all raters' opinions, as given and on the common scale."""
    raters: int

    @property
    def moved(self) -> Decimal:
        """How far it moved, in percent points."""
        return self.pct - round_half_up(self.opinion.pct, 2)


def standardised(opinions: Iterable[Opinion]) -> list[Standardised]:
    """Every opinion moved to the mean and spread of all (DOMAIN.md section 2, "Rater checks"), in the order given.

    For discussion only. A rater who gave fewer than two, or all the same, stays as given: nothing is known of the scale.
    """
    rows = list(opinions)
    mean, spread = mean_and_spread([one.pct for one in rows])
    by_rater: dict[str, list[Opinion]] = {}
    for one in rows:
        by_rater.setdefault(one.rater, []).append(one)
    moved: dict[tuple[str, int, int], Decimal] = {}
    for said in by_rater.values():
        found = adjusted([one.pct for one in said], target_mean=mean, target_sd=spread)
        moved.update(zip(((one.rater, one.subject, one.criterion) for one in said), found, strict=True))
    sums = sums_by_subject(rows)
    after = sums_by_subject(replace(one, pct=Fraction(moved[one.rater, one.subject, one.criterion])) for one in rows)
    return [
        Standardised(
            opinion=one,
            pct=moved[one.rater, one.subject, one.criterion],
            raw_mean=mean_of(sums[one.subject, one.criterion]),
            mean=mean_of(after[one.subject, one.criterion]),
            raters=sums[one.subject, one.criterion][1],
        )
        for one in rows
    ]


def mean_of(known: tuple[Fraction, int]) -> Decimal:
    """The mean of a sum and its number, two places."""
    return round_half_up(known[0] / known[1], 2)


def with_partners(check: RaterCheck, partners: Collection[str]) -> RaterCheck:
    """The check of somebody who favours and is favoured."""
    return replace(check, flags=(*check.flags, Flag.RECIPROCAL), partners=tuple(sorted(partners)))


def returned_favours(
    by_rater: Mapping[str, Sequence[Opinion]],
    sums: Mapping[tuple[int, int], tuple[Fraction, int]],
    places: Mapping[str, Collection[int]],
) -> dict[str, set[str]]:
    """Rater → those whose place they favour and who favour theirs. What nobody else rated says nothing."""
    theirs: dict[int, list[str]] = {}
    for rater in by_rater:
        for subject in places.get(rater, ()):
            theirs.setdefault(subject, []).append(rater)
    favoured = {
        (rater, other)
        for rater, said in by_rater.items()
        for subject in favoured_subjects([one for one in said if one.subject in theirs], sums)
        for other in theirs[subject]
        if other != rater
    }
    found: dict[str, set[str]] = {}
    for rater, other in favoured:
        if (other, rater) in favoured:
            found.setdefault(rater, set()).add(other)
    return found


def favoured_subjects(said: Sequence[Opinion], sums: Mapping[tuple[int, int], tuple[Fraction, int]]) -> list[int]:
    """The subjects one rater puts, on the mean of all criteria, five points or more above the others."""
    gaps: dict[int, list[Fraction]] = {}
    for one in said:
        gap = gap_to_others(one, sums)
        if gap is not None:
            gaps.setdefault(one.subject, []).append(gap)
    return [subject for subject, found in gaps.items() if sum(found, Fraction(0)) / len(found) >= FAVOUR_POINTS]


def check_of(
    rater: str,
    said: Sequence[Opinion],
    spread: Fraction | None,
    usual: Fraction | None,
    others: Mapping[tuple[int, int], tuple[Fraction, int]],
) -> RaterCheck:
    """One rater against the others."""
    gaps = [gap for one in said if (gap := gap_to_others(one, others)) is not None]
    leniency = sum(gaps, Fraction(0)) / len(gaps) if len(gaps) >= LENIENCY_LEAST else None
    halo = halo_of(said)
    level, times = sorted(Counter(one.level for one in said).items(), key=lambda pair: (-pair[1], pair[0]))[0]
    share = Fraction(times, len(said))
    flags = [
        (Flag.LENIENT, leniency is not None and leniency >= LENIENCY_POINTS),
        (Flag.SEVERE, leniency is not None and leniency <= -LENIENCY_POINTS),
        (Flag.CENTRAL, is_narrow(spread, usual)),
        (Flag.HALO, halo is not None and halo > HALO_CORRELATION),
        (Flag.ONE_LEVEL, len(said) >= ANSWERS_LEAST and share > ONE_LEVEL_SHARE),
    ]
    return RaterCheck(
        rater=rater,
        count=len(said),
        mean=sum((one.pct for one in said), Fraction(0)) / len(said),
        spread=spread,
        leniency=leniency,
        shared=len(gaps),
        halo=halo,
        top_level=level,
        top_share=share,
        flags=tuple(flag for flag, holds in flags if holds),
    )


def is_narrow(spread: Fraction | None, usual: Fraction | None) -> bool:
    """Whether a spread is below half of the usual one; compared at twenty places, for roots are cut and half is not less."""
    if spread is None or usual is None:
        return False
    return round_half_up(spread, SPREAD_PLACES) < round_half_up(usual * CENTRAL_SHARE, SPREAD_PLACES)


def sums_by_subject(opinions: Iterable[Opinion]) -> dict[tuple[int, int], tuple[Fraction, int]]:
    """(subject, criterion) → sum and number of what all raters said."""
    found: dict[tuple[int, int], tuple[Fraction, int]] = {}
    for one in opinions:
        total, count = found.get((one.subject, one.criterion), (Fraction(0), 0))
        found[one.subject, one.criterion] = (total + one.pct, count + 1)
    return found


def gap_to_others(one: Opinion, sums: Mapping[tuple[int, int], tuple[Fraction, int]]) -> Fraction | None:
    """How far above the mean of the other raters; None where nobody else rated it."""
    total, count = sums[one.subject, one.criterion]
    return one.pct - (total - one.pct) / (count - 1) if count > 1 else None


def spread_of(values: Sequence[Fraction]) -> Fraction | None:
    """Sample standard deviation; None for fewer than five values."""
    if len(values) < ANSWERS_LEAST:
        return None
    mean = sum(values, Fraction(0)) / len(values)
    return square_root(sum(((value - mean) ** 2 for value in values), Fraction(0)) / (len(values) - 1))


def median(values: Sequence[Fraction]) -> Fraction | None:
    """The middle one, or the mean of the two; None for fewer than two: then there is nobody to compare with."""
    known, half = sorted(values), len(values) // 2
    if len(known) < 2:
        return None
    return known[half] if len(known) % 2 else (known[half - 1] + known[half]) / 2


def halo_of(said: Sequence[Opinion]) -> Fraction | None:
    """Mean correlation between the criteria over subjects rated by both; pairs of fewer than eight subjects, and criteria
    by which all are rated alike, say nothing. None where no pair says anything."""
    by_criterion: dict[int, dict[int, Fraction]] = {}
    for one in said:
        by_criterion.setdefault(one.criterion, {})[one.subject] = one.pct
    found = [
        correlated
        for left, right in combinations(by_criterion.values(), 2)
        if (correlated := correlation([(left[key], right[key]) for key in left if key in right])) is not None
    ]
    return sum(found, Fraction(0)) / len(found) if found else None


def correlation(pairs: Sequence[tuple[Fraction, Fraction]]) -> Fraction | None:
    """Pearson's; None for fewer than eight pairs or without any spread."""
    if len(pairs) < HALO_LEAST:
        return None
    left, right = (sum(side, Fraction(0)) / len(pairs) for side in zip(*pairs, strict=True))
    # Distances on one side do: those of the other side from its mean add up to nothing.
    together = sum(((one - left) * other for one, other in pairs), Fraction(0))
    squares = [sum(((pair[side] - mean) ** 2 for pair in pairs), Fraction(0)) for side, mean in ((0, left), (1, right))]
    return together / square_root(squares[0] * squares[1]) if all(squares) else None


def is_correctable(department: int, indicator: int, taken: Collection[tuple[int, int | None]] | None) -> bool:
    """Whether a rating of a month that is handed in can be corrected. TAKEN: what the appeals under review are about, as
    `public_lines_under_appeal` gives it; None for somebody who may correct every rating of theirs."""
    return taken is None or not {(department, indicator), (department, None)}.isdisjoint(taken)
