"""What the score of a fiscal year is made of: by which rules, and how much of it stands on cumulative values."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby

from apps.assessments.models import Scheme
from apps.assessments.rules.blend import Blend
from apps.assessments.selectors.assessed import scheme_in_force
from apps.assessments.selectors.stretches import StretchLine
from apps.core.month import Month
from apps.periods.choices import PeriodKind


def blend_of(line: StretchLine) -> Blend | None:
    """How a year's score is blended by the rules of its last published month; None where it is the mean of its months, and
    for quarters. No query."""
    scheme = line.published[-1].scheme
    if line.stretch.kind != PeriodKind.YEAR or not scheme.cumulative_pct:
        return None
    return Blend(scheme.cumulative_pct, scheme.min_total, scheme.max_total)


def is_provisional(line: StretchLine) -> bool:
    """Whether months of the period are still to be published: its last one, or one since the first that was."""
    known = {Month.of(run.month) for run in line.published}
    return any(month not in known for month in min(known).until(line.stretch.last))


@dataclass(frozen=True, slots=True)
class Judged:
    """Some published months in a row that were judged by one version of the rules."""

    scheme: Scheme
    first: Month
    last: Month


@dataclass(frozen=True, slots=True)
class YearBasis:
    """How the scores of one year come about."""

    line: StretchLine
    blend: Blend | None
    is_provisional: bool
    judged: tuple[Judged, ...]
    """The versions its months were judged by, the oldest first: more than one where the rules changed inside the year."""
    at_end: Scheme | None
    """The version in force on the year's last day, as approved so far, where it blends otherwise than the one that counts to
    date. None: it does not, or the year is over."""

    @property
    def scheme(self) -> Scheme:
        """The version that says how the year's score is made: that of the last published month."""
        return self.line.published[-1].scheme

    @property
    def last_month(self) -> Month:
        """The last published month."""
        return Month.of(self.line.published[-1].month)


def year_basis(line: StretchLine) -> YearBasis | None:
    """How the scores of a year come about; None for a quarter. At most one query."""
    if line.stretch.kind != PeriodKind.YEAR:
        return None
    basis = YearBasis(
        line=line,
        blend=blend_of(line),
        is_provisional=is_provisional(line),
        judged=tuple(judged_by(line)),
        at_end=scheme_in_force(line.stretch.last) if is_provisional(line) else None,
    )
    at_end = basis.at_end
    is_otherwise = at_end is not None and at_end.cumulative_pct != basis.scheme.cumulative_pct
    return basis if is_otherwise else replace(basis, at_end=None)


def judged_by(line: StretchLine) -> Iterable[Judged]:
    """The versions of the rules of its published months, in the order of the months."""
    for _pk, found in groupby(line.published, key=lambda run: run.scheme_id):
        runs = list(found)
        yield Judged(runs[0].scheme, Month.of(runs[0].month), Month.of(runs[-1].month))
