"""Points over the actual, for drawing: where to look, and what is earned there."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from apps.assessments.rules.reading import Direction, sign_of
from apps.assessments.rules.results import Result, Status
from apps.assessments.rules.scoring import ReadMethod, score

SAMPLES = 60
ROOM = Fraction(1, 5)
BESIDE = Fraction(1, 1000)
Point = tuple[Fraction, Decimal]


def actual_at(rate: Fraction, target: Fraction, direction: Direction) -> Fraction:
    """The actual that reaches RATE of the target: the complement form solved for the actual."""
    return target + sign_of(direction) * (rate - 1) * abs(target)


def span_of(landmarks: Iterable[Fraction]) -> tuple[Fraction, Fraction]:
    """From where to where to draw: all landmarks, with some room at both ends, below 0 only where a landmark lies there."""
    known = list(landmarks) or [Fraction(0), Fraction(100)]
    low, high = min(known), max(known)
    room = (high - low) * ROOM or abs(high) * ROOM or Fraction(1)
    return (low - room if low < 0 else max(Fraction(0), low - room)), high + room


def curve_of(
    method: ReadMethod, *, target: Fraction | None, weight: Decimal, landmarks: Sequence[Fraction]
) -> list[Point]:
    """(actual, points) from left to right; empty when the method cannot score. A jump at a landmark stays a jump: it is
    looked at just before and just after."""
    low, high = span_of(landmarks)
    step = (high - low) / SAMPLES
    near = [mark + side * (high - low) * BESIDE for mark in landmarks for side in (-1, 0, 1)]
    places = sorted(
        {*(low + step * number for number in range(SAMPLES + 1)), *(at for at in near if low <= at <= high)}
    )
    found = []
    for place in places:
        points = points_at(method, place, target, weight)
        if points is None:
            return []
        found.append((place, points))
    return found


def points_at(method: ReadMethod, actual: Fraction, target: Fraction | None, weight: Decimal) -> Decimal | None:
    """What an actual earns, rounded as it is published; None when it cannot be scored."""
    result = score(method, actual, target, weight)
    return result.points if result.status == Status.SCORED else None


MOST_EVENTS, MOST_DAYS = 40, 60
NOTHING_LEFT = 2
"""How far to go on where nothing more is lost."""


def counts_curve(method: ReadMethod, code: str, weight: Decimal, *, most: int = MOST_EVENTS) -> list[Point]:
    """(how often an event of CODE happened, points) for a deduction, until nothing more is lost; empty where it cannot be
    scored."""
    return settled(lambda number: score(method, {code: number}, None, weight), most)


def lateness_curve(method: ReadMethod, weight: Decimal, *, most: int = MOST_DAYS) -> list[Point]:
    """(days late, points) of a single milestone, until nothing more is lost."""
    return settled(lambda number: score(method, milestone_late_by(number), None, weight), most)


def milestone_late_by(days: int) -> dict[str, object]:
    """The report of one milestone done so many days after it was due."""
    due, done = date(2000, 1, 1), date(2000, 1, 1) + timedelta(days=days)
    return {"as_of": done, "items": [{"code": "one", "weight": 1, "due": due, "done": done}]}


def settled(scored: Callable[[int], Result], most: int) -> list[Point]:
    """Points for 0, 1, 2, … until they stay the same for some steps in a row after they fell; at most MOST steps."""
    found: list[Point] = []
    same = 0
    for number in range(most + 1):
        result = scored(number)
        if result.points is None:
            return []
        same = same + 1 if found and found[-1][1] == result.points else 0
        found.append((Fraction(number), result.points))
        if same > NOTHING_LEFT and result.points != found[0][1]:
            break
    return found
