"""One version of a score beside another one: whatever is otherwise, down to single lines and to what stands beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.choices import AdjustmentKind
from apps.assessments.models import Indicator, PersonScore, Score, ScoreLine
from apps.assessments.rules.differences import Difference, Place, differences_in
from apps.assessments.rules.placements import days_beside
from apps.assessments.selectors.people import visible_person_scores
from apps.assessments.selectors.placements import names_in, placement_in
from apps.assessments.selectors.scores import readable_scores
from apps.core.errors import NotFound
from apps.core.scope import Scope

SCORE_FIELDS = (
    "status",
    "coverage_pct",
    "base",
    "coefficient",
    "bonus",
    "deduction",
    "calibration",
    "uncalibrated",
    "total",
    "grade",
    "rank",
)
PERSON_FIELDS = (
    "status",
    "role",
    "days",
    "department_part",
    "dept_weight",
    "personal",
    "personal_weight",
    "total",
    "grade",
)
STAY_DAYS = "stay_days"
LINE_FIELDS = ("presence", "value", "numerator", "denominator", "target", "weight", "rate", "points", "status")


@dataclass(frozen=True, slots=True)
class Versions:
    """Two versions of the same department's or person's month. BEFORE None: there is no earlier one to read."""

    before: Any
    after: Any
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class LinePair:
    """One indicator's line in both versions; None in the one that has none."""

    indicator: Indicator
    before: ScoreLine | None
    after: ScoreLine | None


def line_pairs(department: int, old: int, new: int) -> list[LinePair]:
    """Every line of a department in the runs OLD and NEW, in the order of the scorecard. One query."""
    rows = ScoreLine.objects.filter(run__in=[old, new], department=department).select_related("indicator")
    found: dict[int, dict[int, ScoreLine]] = {}
    for row in sorted(rows, key=lambda line: (line.indicator.position, line.indicator_id)):
        found.setdefault(row.indicator_id, {})[row.run_id] = row
    return [LinePair(next(iter(pair.values())).indicator, pair.get(old), pair.get(new)) for pair in found.values()]


def score_versions(scope: Scope, score: Score, *, before: int | None = None) -> Versions:
    """SCORE (from a scoped selector) beside the version before it that may be read, or the score BEFORE of the same
    department and month. NotFound for one that is none of these. At most two queries."""
    rows = readable_scores(scope).filter(run__month=score.run.month, department=score.department_id)
    other = earlier_of(rows, score, before)
    if other is None:
        return Versions(None, score, ())
    found = [*differences_in(fields_of(other, SCORE_FIELDS), fields_of(score, SCORE_FIELDS))]
    found += extras_beside(other, score)
    for pair in line_pairs(score.department_id, other.run_id, score.run_id):
        found += line_differences(pair)
    return Versions(other, score, found)


def person_versions(scope: Scope, score: PersonScore, *, before: int | None = None) -> Versions:
    """The same for a person's score, with days by department (`stay_days`). Two queries."""
    rows = visible_person_scores(scope).filter(run__month=score.run.month, person=score.person_id)
    other = earlier_of(rows, score, before)
    if other is None:
        return Versions(None, score, ())
    found = [*differences_in(fields_of(other, PERSON_FIELDS), fields_of(score, PERSON_FIELDS))]
    return Versions(other, score, [*found, *stays_beside(other, score)])


def stays_beside(before: PersonScore, after: PersonScore) -> Iterator[Difference]:
    """Days by assessed department that are not the same in both. One query, none where they are."""
    old, new = placement_in(before), placement_in(after)
    rows = list(days_beside(old, new))
    names = names_in(old, new) if rows else {}
    for department, had, has in rows:
        place = Place(name=names.get(department or 0, ""))
        yield from differences_in({STAY_DAYS: had or None}, {STAY_DAYS: has or None}, place)


def earlier_of(rows: Any, score: Score | PersonScore, before: int | None) -> Any:
    """Of ROWS the one asked for, else the newest version before the score's; None: there is none before."""
    rows = rows.select_related("run__publication").exclude(pk=score.pk)
    if before is None:
        return rows.filter(run__version__lt=score.run.version).order_by("-run__version").first()
    found = rows.filter(pk=before).first()
    if found is None:
        raise NotFound(_("There is no such version of this score that you may read to compare it with."))
    return found


def fields_of(row: Any, names: Sequence[str]) -> dict[str, Any]:
    """What is compared of a row; nothing of none."""
    return {name: getattr(row, name) for name in names} if row is not None else {}


def line_differences(pair: LinePair) -> Iterator[Difference]:
    """What is otherwise in one line."""
    before, after = (fields_of(line, LINE_FIELDS) for line in (pair.before, pair.after))
    place = Place(pair.indicator.pk, pair.indicator.code, pair.indicator.name)
    yield from differences_in(before, after, place)


def extras_beside(before: Score, after: Score) -> Iterator[Difference]:
    """Bonuses, deductions, vetoes, exemptions and calibrations that one of the two has and the other has not, or has
    otherwise."""
    old, new = ({(one["kind"], one.get("id"), one["code"]): one for one in row.extras} for row in (before, after))
    for key in dict.fromkeys([*new, *old]):
        sides = (old.get(key), new.get(key))
        one = sides[1] or sides[0] or {}
        place = Place(code=one["code"], name=one["name"])
        before_word, after_word = ({one["kind"]: extra_word(side)} for side in sides)
        yield from differences_in(before_word, after_word, place)


def extra_word(extra: Mapping[str, Any] | None) -> str | None:
    """What an extra does: its points, or the action of a veto with what it leaves; None where there is none."""
    if extra is None:
        return None
    if extra["kind"] == AdjustmentKind.EXEMPTION:
        return str(extra["code"])
    parts = (extra.get(name) for name in ("points", "action", "value", "grade"))
    return " ".join(str(part) for part in parts if part)
