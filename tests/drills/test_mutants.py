"""R26, short: what faults there are, how they are planted and counted, and a few of them for the tests to notice."""

import ast
import json
import subprocess
import sys
import textwrap
import types

import pytest

from ops_portal.drills import mutants
from ops_portal.drills.mutating import ENDS, evenly, sources, transplant
from ops_portal.drills.mutation import mutants_of

SOURCE = '''
"""Words."""
LIMIT = 3


class Box:
    size: int = 2

    @property
    def large(self) -> bool:
        """Words."""
        return self.size > LIMIT


def kept(values: list[int], least: int = 1) -> list[int]:
    return [value for value in values if value]


def held(value: int) -> int:
    if value < 0 or not value:
        raise ValueError("negative")
    return min(value * 2, LIMIT)
'''


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """`planted(name)`: the module above with one fault in it."""
    path = tmp_path / "box.py"
    path.write_text(textwrap.dedent(SOURCE))

    def plant(name=None):
        module = types.ModuleType("apps.assessments.rules.box")
        module.__file__ = str(path)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(path.read_text(), str(path), "exec"), vars(module))
        tree, found = mutants_of("apps.assessments.rules.box", path)
        if name:
            next(one for one in found if one.name == name).plant()
            transplant(module, tree)
        return module, [one.name for one in found]

    return plant


class TestFaults:
    def test_are_everything_that_can_be_reckoned_otherwise(self, planted):
        _module, names = planted()
        assert names == [
            "box:: 3 → 4",
            "box:: 3 → 2",
            "box:Box: 2 → 3",
            "box:Box: 2 → 1",
            "box:Box.large: return self.size > LIMIT → return None",
            "box:Box.large: self.size > LIMIT → self.size >= LIMIT",
            "box:Box.large: self.size > LIMIT → self.size <= LIMIT",
            "box:kept: 1 → 2",
            "box:kept: 1 → 0",
            "box:kept: return [value for value in values if value] → return None",
            "box:kept: [value for value in values if value] → [value for value in values if not value]",
            "box:held: if value < 0 or not value: raise ValueError('negative') → "
            "if not (value < 0 or not value): raise ValueError('negative')",
            "box:held: value < 0 or not value → value < 0 and (not value)",
            "box:held: value < 0 or not value → not value",
            "box:held: value < 0 or not value → value < 0",
            "box:held: value < 0 → value <= 0",
            "box:held: value < 0 → value >= 0",
            "box:held: 0 → 1",
            "box:held: 0 → -1",
            "box:held: not value → value",
            "box:held: raise ValueError('negative') → pass",
            "box:held: return min(value * 2, LIMIT) → return None",
            "box:held: min(value * 2, LIMIT) → max(value * 2, LIMIT)",
            "box:held: value * 2 → value / 2",
            "box:held: 2 → 3",
            "box:held: 2 → 1",
        ]

    @pytest.mark.parametrize(
        ("name", "asked", "found"),
        [
            (None, lambda box: (box.held(1), box.held(5), box.Box().large), (2, 3, False)),
            ("box:: 3 → 4", lambda box: box.held(5), 4),
            ("box:held: min(value * 2, LIMIT) → max(value * 2, LIMIT)", lambda box: box.held(5), 10),
            ("box:Box.large: self.size > LIMIT → self.size <= LIMIT", lambda box: box.Box().large, True),
            ("box:kept: 1 → 2", lambda box: box.kept.__defaults__, (2,)),
        ],
    )
    def test_are_planted_where_everybody_knows_the_function(self, planted, name, asked, found):
        module, _names = planted(name)
        assert asked(module) == found

    def test_of_every_rule_can_be_compiled(self):
        for name, path in sources():
            tree, found = mutants_of(name, path)
            assert len({one.name for one in found}) == len(found)
            for one in found[::7]:
                one.plant()
            ast.unparse(tree)
            compile(tree, str(path), "exec")

    def test_a_sample_is_spread_evenly(self):
        assert evenly(list(range(10)), 3) == [0, 3, 6]
        assert evenly([1, 2], 3) == evenly([1, 2], 0) == [1, 2]


class TestJudged:
    def facts(self, killed, survived, fault=""):
        rows = [{"line": 7, "name": f"m:f: {number}"} for number in range(survived)]
        row = {**dict.fromkeys(ENDS, 0), "killed": killed, "survived": survived}
        return {
            **{"mutants": killed + survived, "tests": 5, "seconds": 1.0, "fault": fault},
            **{"modules": {"m": row}, "survivors": rows},
        }

    def test_nine_of_ten_are_enough(self):
        assert mutants.judged(self.facts(90, 10), {}).passed
        assert not mutants.judged(self.facts(89, 11), {}).passed
        assert not mutants.judged(self.facts(99, 1, fault="The tests fail."), {}).passed

    def test_names_what_was_not_noticed_but_for_what_changes_nothing(self):
        figures = mutants.judged(self.facts(18, 2), {"m:f: 1": "It is the same."}).figures
        assert figures["in m"] == "18 of 20"
        assert (figures["survived"], figures["of_these_change_nothing"]) == (2, 1)
        assert figures["not_noticed"] == "\n    line 7 of m:f: 0"

    def test_every_fault_that_is_said_to_change_nothing_can_be_planted(self):
        names = {one.name for name, path in sources() for one in mutants_of(name, path)[1]}
        same = mutants.known_same()
        assert set(same) <= names
        assert all(why.endswith(".") for why in same.values())


class TestSample:
    def test_the_tests_notice_nine_of_ten(self):
        command = [sys.executable, "-m", "ops_portal.drills.mutating", "--most", "40", "--jobs", "1"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        facts = json.loads(answer.stdout)
        assert facts["fault"] == "", answer.stderr[-2000:]
        assert facts["mutants"] == 40
        assert mutants.judged(facts, {}).passed, facts["survivors"]
