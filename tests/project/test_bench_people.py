"""What the bench of scored people calls a broken limit."""

import pytest

from ops_portal.bench.scored_people import ScoredPeople


@pytest.mark.parametrize(
    ("wall", "cpu", "load", "is_broken"),
    [
        (4_900, 3_900, 0.5, False),
        (5_100, 3_900, 0.5, True),
        (41_000, 3_900, 20.0, False),
        (41_000, 5_100, 20.0, True),
    ],
)
def test_judges_the_wall_and_on_a_busy_machine_our_own_time(wall, cpu, load, is_broken):
    assert bool(ScoredPeople(10_000, 10_000, wall, cpu, load).broken()) is is_broken


def test_says_when_it_did_not_score_everybody():
    (words,) = ScoredPeople(1_000, 999, 100, 100, 0.5).broken()
    assert words.startswith("999 of 1,000 people have a score")
