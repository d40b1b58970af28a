"""Every worked example to the digit, through the command people run; strange cases never stop the others."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.assessments.management.cases.answering import ANSWERERS, answer, answer_all
from apps.assessments.rules.scoring import METHODS

EXAMPLES = Path(__file__).resolve().parents[3] / "tests" / "golden" / "scoring_examples.json"
CASES = json.loads(EXAMPLES.read_text("utf-8"))["cases"]
NOT_BUILT = {"plan", "budget", "evm"}
"""Groups whose apps are still to come."""


def scored(tmp_path, content):
    """(answers, what the command says) for a file with this content."""
    asked, answers, said = tmp_path / "in.json", tmp_path / "out.json", StringIO()
    asked.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    call_command("score_cases", str(asked), str(answers), stdout=said)
    return json.loads(answers.read_text("utf-8")), said.getvalue()


class TestWorkedExamples:
    @pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
    def test_equal_to_the_digit(self, case):
        found = answer(case)
        if case["group"] in NOT_BUILT:
            assert found == {"id": case["id"], "unsupported": True}
        else:
            assert {name: found.get(name, "absent") for name in case["expected"]} == case["expected"]

    def test_the_command_gives_the_same_answers_in_the_same_order(self, tmp_path):
        answers, said = scored(tmp_path, {"cases": CASES})
        assert answers == json.loads(json.dumps(answer_all(CASES)))
        assert said.strip() == "49 answered, 10 not supported, 0 not readable."

    def test_every_method_has_an_example(self):
        tried = {(case["group"], case["method"]) for case in CASES}
        assert {("indicator", name) for name in METHODS} | set(ANSWERERS) <= tried


class TestCommand:
    def test_takes_a_plain_list(self, tmp_path):
        assert [found["id"] for found in scored(tmp_path, CASES[:3])[0]] == [case["id"] for case in CASES[:3]]

    def test_answers_an_empty_list(self, tmp_path):
        assert scored(tmp_path, [])[0] == []

    def test_one_malformed_case_never_stops_the_others(self, tmp_path):
        odd = [
            "text",
            {"id": "no-group"},
            {"id": "no-input", "group": "grade", "method": "band"},
            {"id": "list", "group": "staff", "method": "combine", "input": []},
            {"id": "no-date", "group": "late", "method": "nth_working_day", "input": {"year_month": "2026-13", "n": 1}},
            {"id": 7, "group": "monitor", "method": "rag", "input": {"direction": {}, "actual": "x"}},
            {"id": "unknown", "group": "indicator", "method": "magic", "params": {}, "weight": "1"},
        ]
        answers, said = scored(tmp_path, [*odd, CASES[0]])
        assert answers[-1] == {"id": CASES[0]["id"], **CASES[0]["expected"]}
        assert [found["id"] for found in answers[:-1]] == [
            None, "no-group", "no-input", "list", "no-date", 7, "unknown"
        ]  # fmt: skip
        assert [sorted(found)[0] for found in answers[:-1]] == ["error", "id", "error", "error", "error", "error", "id"]
        assert all(found["error"].endswith(".") for found in answers if "error" in found)
        assert said.startswith("1 answered, 2 not supported, 5 not readable.")

    def test_a_number_with_a_point_is_not_a_binary_float(self, tmp_path):
        text = (
            '[{"id": 1.50, "group": "indicator", "method": "ratio", "params": {"cap": 1.2}, '
            '"actual": 6.05, "target": 6, "weight": 9}]'
        )
        assert scored(tmp_path, text)[0] == [{"id": "1.50", "points": "9.08", "status": "scored"}]

    @pytest.mark.parametrize(
        "text",
        ["", "{", "[" * 100_000, '{"cases": 5}', "3", '{"id": "x"}'],
        ids=["empty", "cut", "deep", "no-list", "number", "object"],
    )
    def test_refuses_what_is_no_list_of_cases(self, tmp_path, text):
        with pytest.raises(CommandError, match="write a list"):
            scored(tmp_path, text)

    def test_names_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(CommandError, match="name a file that is there"):
            call_command("score_cases", str(tmp_path / "none.json"), str(tmp_path / "out.json"))

    def test_numbers_nobody_means_are_answered(self, tmp_path):
        long = "9" * 5000
        text = '[{"id": "a", "group": "indicator", "method": "ratio", "params": {}, '
        text += f'"actual": {long}, "target": {long}.5, "weight": NaN}}]'
        assert scored(tmp_path, text)[0][0]["status"] == "invalid_config"


class TestAnswers:
    """What the worked examples do not show about the fields of a case."""

    def answered(self, group, method, /, **given):
        return answer({"id": 1, "group": group, "method": method, "input": given})

    def test_never_a_negative_zero(self):
        found = self.answered("monitor", "compare", current="99.9999", previous="100", noise_pct="5")
        assert found["raw_pct"] == "0.00"

    def test_values_of_a_kpi_with_weights_or_alone(self):
        assert self.answered("aggregate", "kpi", method="sum", values=["1.5", None, "2"])["value"] == "3.5000"
        weighted = [{"value": "90", "weight": "100"}, {"value": "50", "weight": "10"}]
        assert self.answered("aggregate", "kpi", method="weighted_mean", values=weighted)["value"] == "86.3636"
        zero = [{"num": "0", "den": "0"}]
        assert self.answered("aggregate", "kpi", method="ratio_of_sums", values=zero)["value"] is None

    def test_a_wrong_indicator_says_why(self):
        found = answer({"id": 1, "group": "indicator", "method": "ratio", "params": {"capp": "1"}, "weight": "5"})
        assert found == {"id": 1, "points": None, "status": "invalid_config", "reason": "unknown_key: capp"}

    def test_of_a_report_that_never_came(self):
        given = {"tz": "UTC", "deadline": "2026-05-07T18:00:00Z", "submitted_at": None, "per_day": "0.5", "cap": "5"}
        late = self.answered("late", "penalty", **given, as_of="2026-05-13T00:00:00Z")
        assert late == {"id": 1, "late": True, "days": 4, "penalty": "2.00"}
        assert "as_of" in self.answered("late", "penalty", **given)["error"]

    def test_ids_of_a_pool_keep_their_order(self):
        members = [{"id": number, "base": "1", "coef": "1"} for number in (10, 9, 8)]
        assert self.answered("staff", "pool_share", pool="1", members=members)["shares"] == {
            "10": "0.33", "9": "0.33", "8": "0.34"
        }  # fmt: skip

    def test_an_unknown_veto_is_no_veto(self):
        given = {"indicators": [{"code": "a", "weight": "100", "points": "90", "status": "scored"}]}
        found = self.answered("scorecard", "assemble", **given, vetoes=[{"action": "double"}])
        assert (found["status"], found["total"], found["grade"]) == ("invalid_config", None, None)
