"""What is wrong with a scheme, all at once (scoring_examples.README.md `config/validate`, DOMAIN.md section 11)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from apps.assessments.rules.scorecard import ALL_WEIGHTS, Number


@dataclass(frozen=True, slots=True)
class Edges:
    """Where a band begins and ends; None is open."""

    least: Number | None
    most: Number | None


@dataclass(frozen=True, slots=True)
class Proposed:
    """An indicator as a scheme proposes it; BANDS only where its method has any."""

    code: str
    weight: Decimal | Fraction
    bands: Sequence[Edges] | None = None


def scheme_errors(indicators: Sequence[Proposed]) -> list[str]:
    """Names of what is wrong, sorted; empty when the scheme may be approved.

    `weights_sum` (not exactly 100), `weight_not_positive`, `duplicate_code`, `band_gap`, `band_overlap`,
    `band_not_covering` (the first band not open below, or the last not open above).
    """
    found: set[str] = set()
    if sum((Fraction(each.weight) for each in indicators), Fraction(0)) != ALL_WEIGHTS:
        found.add("weights_sum")
    if any(each.weight <= 0 for each in indicators):
        found.add("weight_not_positive")
    if len({each.code for each in indicators}) < len(indicators):
        found.add("duplicate_code")
    for each in indicators:
        found.update(() if each.bands is None else band_errors(each.bands))
    return sorted(found)


def band_errors(bands: Sequence[Edges]) -> set[str]:
    """What keeps the bands, in whatever order they are written, from tiling the number line."""
    ordered = sorted(bands, key=by_lower_edge)
    if not ordered:
        return {"band_not_covering"}
    found = {error for pair in pairwise(ordered) for error in seam_errors(*pair)}
    if ordered[0].least is not None or ordered[-1].most is not None:
        found.add("band_not_covering")
    return found


def by_lower_edge(band: Edges) -> tuple[bool, Number, bool, Number]:
    """Open below comes first; of two that begin together the shorter."""
    return band.least is not None, band.least or 0, band.most is None, band.most or 0


def seam_errors(lower: Edges, upper: Edges) -> Iterable[str]:
    """What is wrong between a band and the next one."""
    if lower.most is None or upper.least is None or lower.most > upper.least:
        yield "band_overlap"
    elif lower.most < upper.least:
        yield "band_gap"
