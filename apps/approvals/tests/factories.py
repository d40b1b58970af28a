"""Cases for tests of this app and of others."""

from datetime import UTC, datetime, timedelta

from apps.accounts.tests.factories import UserFactory
from apps.approvals.choices import Ask, CaseKind, Verdict
from apps.approvals.models import Case, Step
from apps.approvals.services import AskFor, open_case, rule_on

SUBMITTED = datetime(2026, 11, 16, 9, tzinfo=UTC)
COO_THEN_GM = (AskFor(Ask.ENDORSE, role="coo", climb_role="gm"), AskFor(Ask.DECIDE, role="gm"))


def brief(**changes):
    """A whole brief."""
    return {
        "summary": "Two more people for the night shift.",
        "facts": [{"label": "Orders waiting", "value": "1,240"}],
        "changes": [{"label": "Headcount", "before": "14", "after": "16"}],
        "amounts": [{"label": "Cost a year", "amount": "84000.00", "currency": "EUR"}],
        "effect": "Orders of a day leave the same day.",
        **changes,
    }


def make_case(**changes) -> Case:
    """An open case, asked of the COO and then of the GM unless said otherwise."""
    given = {
        "kind": CaseKind.REQUEST,
        "title": "Night shift in the warehouse",
        "subject_ref": f"tests.subject/{Case.objects.count() + 1}",
        "brief": brief(),
        "steps": COO_THEN_GM,
        "now": SUBMITTED,
    }
    if "submitted_by" not in changes:
        given["submitted_by"] = UserFactory(roles=["manager"])
    return open_case(**{**given, **changes})


def waiting(case: Case) -> Step:
    """The step whose turn it is."""
    return Step.objects.waiting().get(case=case)


def rule(case, by, ruling=Verdict.APPROVE, *, step=None, version=None, now=SUBMITTED + timedelta(hours=3), **words):
    """Answer the waiting step as BY."""
    case.refresh_from_db()
    step = step or waiting(case)
    version = version or case.version
    return rule_on(case=case, step=step, ruling=ruling, by=by, now=now, expected_version=version, **words)
