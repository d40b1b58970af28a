"""Points worked out again from what is stored of them, and from nothing else: for receipts, and to prove a score.

A line stores all that `rules` were given when it was judged. The same figures by the same rules give the same digits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from apps.assessments.choices import LineStatus, Presence
from apps.assessments.models import PersonScore, Score, ScoreLine
from apps.assessments.rules.differences import Difference, Place, differences_in
from apps.assessments.rules.extras import assemble_with
from apps.assessments.rules.results import Explained, Result, Status
from apps.assessments.rules.scorecard import Line, Scorecard
from apps.assessments.rules.scoring import parse_method
from apps.assessments.rules.scoring import score as score_line
from apps.assessments.selectors.figures import as_number, figure_of, text_of
from apps.assessments.selectors.parts import has_nothing_due, has_parts
from apps.assessments.services.beside import exempt_codes
from apps.assessments.services.judging import is_closed, items_of, params_of, result_of_report, terms_of
from apps.assessments.services.peopling import judged_person, stored_person
from apps.assessments.services.proving import Proof, prove_run
from apps.kpis.selectors import Fact

UNEXPLAINED = frozenset({LineStatus.EXCLUDED, LineStatus.PENDING, LineStatus.INVALID_CONFIG})
ENDS = ("status", "total", "grade", "uncalibrated")
PERSON_ENDS = ("status", "total", "grade")


@dataclass(frozen=True, slots=True)
class Rejudged:
    """A score worked out again: every line in the order given, and what they add up to."""

    lines: tuple[Result, ...]
    card: Scorecard
    different: tuple[int, ...]
    """Indicators of which something else came out than what is stored."""
    is_same: bool
    """Every line's points and status, the total, and the grade are to the digit what is stored."""
    found: tuple[Difference, ...] = ()
    """What is stored and what comes out, wherever that is not the same."""


@dataclass(frozen=True, slots=True)
class ScoreProof:
    """Whether a score stands as it was made: the rules give it again, and no stored figure was touched since."""

    again: Rejudged
    proof: Proof
    is_untouched: bool
    """The digest still covers this score and its lines."""

    @property
    def is_sound(self) -> bool:
        return self.again.is_same and self.is_untouched and self.proof.is_whole and self.proof.is_chained


def fact_of(line: ScoreLine) -> Fact:
    """The fact a stored line was judged by."""
    return Fact(
        kpi=line.indicator.kpi_id or 0,
        department=line.department_id,
        presence=line.presence,
        value=text_of(line.value),
        numerator=text_of(line.numerator),
        denominator=text_of(line.denominator),
        scale=text_of(line.scale),
        target=text_of(line.target),
        floor=text_of(line.floor),
        stretch=text_of(line.stretch),
    )


def rejudged(line: ScoreLine, *, is_over: bool, is_exempt: bool = False) -> Result:
    """One stored line (with its indicator) by the rules once more; IS_OVER: after its cut-off; IS_EXEMPT: its score keeps
    that it was approved as not applicable. No database, no clock."""
    fact = fact_of(line)
    is_due = not has_nothing_due(line.indicator, line.reported)
    if is_exempt or not is_due or (fact.presence == Presence.NOT_DUE and not has_parts(line.indicator)):
        return Result(Status.EXCLUDED)
    params = params_of(line.indicator, fact, is_over=is_over)
    method = parse_method(line.indicator.method, params)
    if line.indicator.kpi_id is None:
        return result_of_report(line.indicator, method, params, line.reported, line.weight)
    carried = Fraction(line.rate) if line.status == LineStatus.CARRIED and line.rate is not None else None
    return score_line(method, figure_of(fact), as_number(fact.target), line.weight, previous_rate=carried)


def retold_line(line: ScoreLine) -> Result:
    """One stored line (with its indicator) once more, with the steps of its formula and the numbers in them.

    What has no points (left out, awaited) has one step that says so; a composite that waits says for which of its parts.
    Zero and carried are given after the cut-off only.
    """
    if line.status == LineStatus.PENDING and has_parts(line.indicator):
        return rejudged(line, is_over=False)
    if line.status in UNEXPLAINED:
        step = Explained(f"missing.{line.status}", {"weight": Fraction(line.weight), "rate": None})
        return Result(Status(line.status), steps=(step,))
    return rejudged(line, is_over=True)


def rejudged_score(score: Score, lines: Sequence[ScoreLine]) -> Rejudged:
    """A stored score (with its run and scheme) from its stored lines once more. No database, no clock."""
    run = score.run
    exempt = exempt_codes(score.extras)
    results = tuple(
        rejudged(line, is_over=is_closed(line.indicator, run), is_exempt=line.indicator.code in exempt)
        for line in lines
    )
    card, uncalibrated = assemble_with(
        [
            Line(line.indicator.code, line.weight, found.points, found.status)
            for line, found in zip(lines, results, strict=True)
        ],
        replace(terms_of(run.scheme), coefficient=score.coefficient),
        score.extras,
        items_of(run.scheme),
    )
    in_lines = [one for pair in zip(lines, results, strict=True) for one in line_differences(*pair)]
    ends = dict(zip(ENDS, (card.outcome.value, card.total, card.grade or "", uncalibrated.total), strict=True))
    found = (*in_lines, *differences_in({name: getattr(score, name) for name in ENDS}, ends))
    different = tuple(dict.fromkeys(one.indicator for one in in_lines if one.indicator is not None))
    return Rejudged(results, card, different, not found, found)


def line_differences(line: ScoreLine, again: Result) -> Iterator[Difference]:
    """Where a stored line and what the rules make of it AGAIN are not the same."""
    stored = {"points": line.points, "status": line.status}
    place = Place(line.indicator_id, line.indicator.code, line.indicator.name)
    yield from differences_in(stored, {"points": again.points, "status": again.status.value}, place)


def prove_score(score: Score, lines: Sequence[ScoreLine]) -> ScoreProof:
    """Work a score out again, and prove its run. Reads nothing but what is stored of them; three statements and two rows."""
    proof = prove_run(score.run)
    return ScoreProof(rejudged_score(score, lines), proof, score.department_id not in proof.changed)


@dataclass(frozen=True, slots=True)
class PersonProof:
    """Whether a person's score stands as it was made."""

    found: tuple[Difference, ...]
    """What is stored and what the rules give, wherever that is not the same."""
    proof: Proof
    is_untouched: bool
    """The digest still covers it."""

    @property
    def is_same(self) -> bool:
        """The rules give it again to the digit."""
        return not self.found

    @property
    def is_sound(self) -> bool:
        return self.is_same and self.is_untouched and self.proof.is_whole and self.proof.is_chained


def prove_person(score: PersonScore) -> PersonProof:
    """Work a person's score out again, and prove its run."""
    proof = prove_run(score.run)
    return PersonProof(person_differences(score), proof, score.person_id not in proof.changed_people)


def is_same_person(score: PersonScore) -> bool:
    """Whether a person's stored score (with its run and scheme) comes out again to the digit. No database, no clock."""
    return not person_differences(score)


def person_differences(score: PersonScore) -> tuple[Difference, ...]:
    """Where a person's stored score and what the rules make of it again are not the same. No database, no clock."""
    scheme, stored = score.run.scheme, stored_person(score)
    again = judged_person(stored, scheme.staff_rules, terms_of(scheme).grades)
    kept, found = ({name: getattr(one, name) for name in PERSON_ENDS} for one in (stored, again))
    return tuple(differences_in(kept, found))
