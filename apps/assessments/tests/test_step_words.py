"""Every step a rule can tell has words, with the numbers in them."""

import re
from pathlib import Path

import pytest

from apps.assessments import rules
from apps.assessments.rules.plain import plain_params
from apps.assessments.rules.results import Explained, Status
from apps.assessments.rules.scoring import parse_method, score
from apps.assessments.tests.examples import WHOLE
from apps.assessments.views.sentences import SENTENCES, names_in, sentence

ENDS = "lo=98 hi=102 outer_lo=90 outer_hi=110"
WORDS = {"None": None, "True": True, "False": False}


def numbers(text):
    """`actual=97 operator=<=` as the numbers of a step: whole numbers, words, None and truths."""
    pairs = (part.split("=", 1) for part in text.split())
    return {key: WORDS.get(value, int(value) if re.fullmatch(r"-?\d+", value) else value) for key, value in pairs}


EMITTED = re.compile(
    r"""Explained\(\s*f?["']([a-z_.{}]+)["']|["']((?:descriptive|step|ratio|deduction|bonus)\.[a-z_]+)["']"""
)


def emitted_codes():
    """Every code of a step that stands in the source of the rules, with what an f-string may become."""
    held = ("below_threshold", "at_floor", "at_cap")
    found = set()
    for path in Path(rules.__file__).parent.rglob("*.py"):
        for first, second in EMITTED.findall(path.read_text()):
            code = first or second
            if code == "missing.{status}":
                found |= {f"missing.{status}" for status in ("missing_zero", "carried", "excluded", "pending")}
            elif code == "rate.{how}":
                found |= {f"rate.{how}" for how in held}
            else:
                found.add(code)
    return found


FACTS = {
    "ratio": ("95", "100"),
    "linear": ("90", "100"),
    "interval": ("3", None),
    "step": ("103", "100"),
    "range": ("94", None),
    "efficacy": ("7", None),
    "all_or_nothing": ("3", None),
    "composite": ({"REV": "0.95", "COM": "1.3"}, None),
    "deduction": ({"C": 4, "X": 1}, None),
    "milestone": (
        {
            "as_of": "2026-05-31",
            "items": [
                {"code": "M1", "weight": "60", "due": "2026-05-10", "done": "2026-05-09"},
                {"code": "M2", "weight": "40", "due": "2026-05-10", "done": "2026-05-12"},
            ],
        },
        None,
    ),
    "descriptive": ({"coo@example.org": "good", "gm@example.org": "70"}, None),
}
TOLD = {
    "step": ["103 − 100 = 3 better", "In steps of 2: 1 that count, × 1 points = 1", "Points: 20 + 1 = 21"],
    "range": ["(94 − 90) × 100 ÷ (98 − 90) = 50 %", "20 × 50 % = 10 points"],
    "efficacy": ["7 earns the coefficient 0.7 between the standard values", "20 × 0.7 = 14 points"],
    "all_or_nothing": ["3 is from 2 to 4: all of the weight, 20 points"],
    "composite": ["REV (weight 60): share 0.95", "COM (weight 40): share 1.3", "20 × 1.05 = 21 points"],
    "deduction": ["Complaint: (4 − 2 free of charge) × 2 = 4", "X: 1 × 0.5 = 0.5", "20 − 4.5 = 15.5 points"],
    "milestone": [
        "M1 (weight 60), due 10 May 2026, done 9 May 2026 in time: 100 %",
        "M2 (weight 40), due 10 May 2026, done 12 May 2026, 2 days late: 80 %",
        "20 × 92 % = 18.4 points",
    ],
    "descriptive": ["coo@example.org (weight 2): 100 %", "gm@example.org (weight 1): 70 %", "20 × 90 % = 18 points"],
}


class TestWords:
    def test_every_step_a_rule_can_tell_has_words(self):
        codes = emitted_codes()
        assert len(codes) >= 28
        assert codes - set(SENTENCES) == set()
        assert set(SENTENCES) - codes == set(), "words for what no rule says"

    @pytest.mark.parametrize("method", WHOLE)
    def test_a_receipt_says_how_the_points_came_about(self, method):
        params, (actual, target) = WHOLE[method], FACTS[method]
        read = parse_method(method, plain_params(method, params))
        result = score(read, actual, target, 20)
        assert result.status == Status.SCORED, result.problem
        said = [sentence(step, names_in(params)) for step in result.steps]
        assert all(said)
        for part in TOLD.get(method, ()):
            assert any(part in text for text in said), (part, said)

    @pytest.mark.parametrize(
        ("code", "given", "said"),
        [
            ("step.deviation", "sign=1 actual=97 target=100 deviation=-3", "100 − 97 = 3 worse"),
            ("step.deviation", "sign=-1 actual=97 target=100 deviation=3", "97 is better than the target 100 by 3"),
            ("step.deviation", "sign=-1 actual=103 target=100 deviation=-3", "103 is worse than the target"),
            ("step.deviation", "sign=1 actual=100 target=100 deviation=0", "100 is exactly the target"),
            ("step.loss_half", "sign=1 actual=20 target=-100 deviation=70", "(0 − (−100)) ÷ 2 + 20 = 70 better"),
            ("step.steps", "size=2 steps=9 each=1 cap=3", "= 9, of which 3 count at most"),
            ("points.base_and_steps", "base=20 steps=-18 least=4 points=4", "20 − 18 = 2, but never less than 4"),
            ("range.percent", f"actual=100 {ENDS} pct=100", "100 lies from 98 to 102: 100 %"),
            ("range.percent", f"actual=80 {ENDS} pct=0", "80 lies outside 90 to 110: 0 %"),
            ("range.percent", f"actual=106 {ENDS} pct=50", "(110 − 106) × 100 ÷ (110 − 102) = 50 %"),
            ("all_or_nothing.condition", "operator=<= actual=5 low=4 is_met=False points=0", "5 is not at most 4: nothing"),
            ("all_or_nothing.condition", "operator=is_true actual=True is_met=True points=20", "Reported: yes"),
            ("all_or_nothing.condition", "operator=is_true actual=False is_met=False points=0", "Reported: no"),
            ("deduction.item", "item=C count=2 allowance=2 each=2 cap=None points=0", "C: 2, and 2 are free of charge: 0"),
            ("deduction.item", "item=C count=9 allowance=2 each=2 cap=10 points=10", "= 14, at most 10"),
            ("bonus.item", "item=P count=2 allowance=0 each=2 cap=None points=4", "P: 2 × 2 = 4"),
            ("points.less", "weight=5 lost=9 least=0 points=0", "5 − 9 = −4 points, but never less than 0"),
            ("points.bonus", "sum=4 cap=None points=4", "Bonus: 4 points"),
            ("points.bonus", "sum=8 cap=5 points=5", "Bonus: 8 points, of which 5 count at most"),
            ("milestone.item", "item=M weight=1 due=2026-05-10 done=None days_late=None pct=0", "is not done: 0 %"),
            ("milestone.nothing_due", "as_of=2026-05-31", "No milestone was due or done by 31 May 2026"),
            ("descriptive.trimmed", "rater=r weight=1 pct=10", "10 %, left out as the highest or the lowest"),
            ("descriptive.too_few", "answers=1 needed=2", "1 ratings are there, 2 are needed"),
            ("composite.child", "child=REV weight=60 rate=None", "no share is known"),
            ("composite.child_missing", "child=REV", "REV has no value yet"),
            ("missing.missing_zero", "weight=20 rate=0", "Nothing was reported: 0 of 20 points"),
            ("missing.excluded", "weight=20 rate=None", "left out"),
            ("missing.pending", "weight=20 rate=None", "waited for"),
        ],
    )  # fmt: skip
    def test_of_the_rarer_steps(self, code, given, said):
        assert said in sentence(Explained(code, numbers(given)))
