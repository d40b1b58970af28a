"""Verdicts, what follows from them, who may give them, briefs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.approvals import rules
from apps.approvals.choices import Ask, CaseState, Verdict
from apps.approvals.rules import Asked, Candidate, Ground
from apps.approvals.tests.factories import brief

COO = Candidate(1, frozenset({"coo"}))
GM = Candidate(2, frozenset({"gm"}))
CLERK = Candidate(3, frozenset({"employee"}))


class TestVerdictsFor:
    def test_a_check_cannot_end_a_matter(self):
        assert rules.verdicts_for(Ask.REVIEW) == (Verdict.APPROVE, Verdict.RETURN)

    @pytest.mark.parametrize("ask", [Ask.ENDORSE, Ask.DECIDE])
    def test_deciders_have_all_four(self, ask):
        assert set(rules.verdicts_for(ask)) == set(Verdict)


class TestStateAfter:
    @pytest.mark.parametrize(
        ("verdict", "is_last", "state"),
        [
            (Verdict.APPROVE, False, CaseState.OPEN),
            (Verdict.APPROVE, True, CaseState.APPROVED),
            (Verdict.CONDITIONS, False, CaseState.OPEN),
            (Verdict.CONDITIONS, True, CaseState.APPROVED),
            (Verdict.RETURN, False, CaseState.RETURNED),
            (Verdict.RETURN, True, CaseState.RETURNED),
            (Verdict.VETO, False, CaseState.VETOED),
            (Verdict.VETO, True, CaseState.VETOED),
        ],
    )
    def test_follows(self, verdict, is_last, state):
        assert rules.state_after(verdict, is_last=is_last) is state


class TestGroundFor:
    @pytest.mark.parametrize(
        ("asked", "who", "absent", "ground"),
        [
            (Asked(1, ""), COO, (), (Ground.NAMED, None)),
            (Asked(1, ""), GM, (), (None, None)),
            (Asked(None, "coo"), COO, (), (Ground.ROLE, None)),
            (Asked(None, "coo", "gm"), GM, (), (None, None)),
            (Asked(None, "coo", "gm", is_climbed=True), GM, (), (Ground.CLIMBED, None)),
            (Asked(None, "coo"), CLERK, (COO,), (Ground.STAND_IN, 1)),
            (Asked(1, ""), CLERK, (GM, COO), (Ground.STAND_IN, 1)),
            (Asked(None, "coo"), CLERK, (GM,), (None, None)),
            (Asked(None, "gm"), GM, (GM,), (Ground.ROLE, None)),
        ],
    )
    def test_is(self, asked, who, absent, ground):
        assert rules.ground_for(asked, who, absent) == ground

    @given(
        role=st.sampled_from(["coo", "gm"]),
        roles=st.frozensets(st.sampled_from(["coo", "gm", "hr", ""])),
        user_id=st.integers(min_value=1, max_value=5),
    )
    def test_an_empty_role_gives_nobody_a_ground(self, role, roles, user_id):
        asked = Asked(None, role, "", is_climbed=True)
        ground, _ = rules.ground_for(asked, Candidate(user_id, roles))
        assert (ground is not None) == (role in roles)


class TestMissingWords:
    @pytest.mark.parametrize(
        ("verdict", "reason", "conditions", "missing"),
        [
            (Verdict.APPROVE, "", "", ""),
            (Verdict.RETURN, "  ", "", "reason"),
            (Verdict.VETO, "", "x", "reason"),
            (Verdict.RETURN, "x", "", ""),
            (Verdict.CONDITIONS, "x", " ", "conditions"),
            (Verdict.CONDITIONS, "", "x", ""),
        ],
    )
    def test_names_the_field(self, verdict, reason, conditions, missing):
        assert rules.missing_words(verdict, reason, conditions) == missing


class TestBriefProblems:
    def test_a_whole_brief_has_none(self):
        whole = brief(
            options=[{"label": "Wait", "pros": "", "cons": "Late"}], links=[{"label": "Plan", "url": "/plans/3/"}]
        )
        assert rules.brief_problems(whole) == []

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"summary": " "}, "“summary” is missing"),
            ({"summary": 3}, "“summary” must be text"),
            ({"effect": "x" * 4_001}, "longer than 4000"),
            ({"html": "<b>"}, "unknown part “html”"),
            ({"facts": "none"}, "“facts” must be a list"),
            ({"facts": [{"label": "a"}]}, "row 1 must hold label, value"),
            ({"facts": [{"label": "a", "value": "b", "c": "d"}]}, "nothing else"),
            ({"facts": [{"label": "a", "value": 3}]}, "must be text"),
            ({"amounts": [{"label": "a", "amount": "1e9"}]}, "“1e9” is no decimal"),
            ({"amounts": [{"label": "a", "amount": "12,5"}]}, "no decimal"),
            ({"links": [{"label": "a", "url": "https://elsewhere.example"}]}, "page of the portal"),
            ({"links": [{"label": "a", "url": "//elsewhere.example"}]}, "page of the portal"),
        ],
    )
    def test_names_each_fault(self, changes, says):
        assert any(says in problem for problem in rules.brief_problems(brief(**changes)))

    @given(
        st.dictionaries(
            st.sampled_from(["summary", "effect", "facts", "changes", "amounts", "options", "links", "x"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
                max_leaves=5,
            ),
        )
    )
    def test_never_fails_on_odd_input(self, odd):
        assert all(isinstance(problem, str) for problem in rules.brief_problems(odd))
