"""R8: two people act on one month at the same moment; one is first, the other is told where it stands now."""

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest import mock

from django.core.management import call_command
from django.db import connection
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.approvals.choices import CaseState, Verdict
from apps.approvals.models import Case, Step
from apps.approvals.services import rule_on, withdraw_case
from apps.assessments.choices import RunState
from apps.assessments.models import AssessedMonth, Publication, ScoreRun
from apps.assessments.services import publish_month, send_back_month
from apps.core import clock
from ops_portal.drills import DrillReport
from ops_portal.drills.assessed import Ruled, approve, handed_in, ruled_company
from ops_portal.drills.figures import someone
from ops_portal.drills.meeting import Act, Outcome, at_once, told
from ops_portal.drills.races_corrected import publish_publish, publish_revise, rule_publish, rule_revise

ABOUT = (
    "R8: approve/approve, approve/veto, approve/edit, publish/publish, publish/correct, publish/revise, rule/revise, "
    "rule/publish at once: one winner, the other told, one entry; a ruling is never lost behind a publication."
)
PROTECTIONS = {"lock": "the row locks, under which whoever is second sees what the first has done"}
ROUNDS = 250
"""Of each of the eight races: 2,000 in all."""
REASON = "A drill."
OF_A_MONTH = tuple(f"assessments_{name}" for name in ("publication", "assessedmonth", "scoreline", "score", "scorerun"))


def take_out(name: str) -> None:
    """Rows are read without a lock, as a check before a save does; a pause lets the two meet."""
    del name

    def unlocked(self: QuerySet[Any], **options: Any) -> QuerySet[Any]:
        del options
        time.sleep(0.02)
        return self.all()

    mock.patch.object(QuerySet, "select_for_update", unlocked).start()


def run(*, without: str | None, rounds: int) -> DrillReport:
    """ROUNDS of each race, each from the same start."""
    started = time.monotonic()
    call_command("flush", interactive=False, verbosity=0)
    firm, other = ruled_company(), someone("coo")
    if without:
        take_out(without)
    found: Counter[str] = Counter()
    for name, race in RACES.items():
        for _number in range(rounds):
            found[f"{name}: {race(firm, other).trouble or 'one winner'}"] += 1
            clear_away()
    passed = all(name.endswith("one winner") for name in found)
    return DrillReport(
        passed=passed, figures={"races": sum(found.values()), **found}, seconds=time.monotonic() - started
    )


def clear_away() -> None:
    """Forget the month, published or not: each race begins where the first one did."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(OF_A_MONTH)} CASCADE")


def ruling(case: Case, step: Step, verdict: str, by: User) -> Act:
    """Answer the step from a page that was opened before anybody had answered."""
    return partial(
        rule_on,
        case=case, step=step, ruling=verdict, by=by, now=clock.now(), expected_version=case.version, reason=REASON,
    )  # fmt: skip


def waiting(firm: Ruled) -> tuple[Case, Step]:
    """The month's case and the step whose turn it is."""
    case = handed_in(firm)
    case.refresh_from_db()
    return case, case.steps.get(opened_at__isnull=False, decided_at=None)


def approve_approve(firm: Ruled, other: User) -> Outcome:
    """Two who may decide approve at once."""
    case, step = waiting(firm)
    return judged(case, ruling(case, step, Verdict.APPROVE, firm.coo), ruling(case, step, Verdict.APPROVE, other))


def approve_veto(firm: Ruled, other: User) -> Outcome:
    """One approves while another vetoes."""
    case, step = waiting(firm)
    return judged(case, ruling(case, step, Verdict.APPROVE, firm.coo), ruling(case, step, Verdict.VETO, other))


def approve_edit(firm: Ruled, other: User) -> Outcome:
    """One approves while HR takes the month back to work on it."""
    del other
    case, step = waiting(firm)
    back = partial(withdraw_case, case=case, reason=REASON, by=firm.hr, now=clock.now(), expected_version=case.version)
    return judged(case, ruling(case, step, Verdict.APPROVE, firm.coo), back)


def publish_correct(firm: Ruled, other: User) -> Outcome:
    """HR publishes while the COO takes the approval back to have it corrected."""
    del other
    case = approve(handed_in(firm), by=firm.coo)
    publish = partial(publish_month, month=firm.month, by=firm.hr, now=clock.now())
    correct = partial(send_back_month, month=firm.month, reason=REASON, by=firm.coo, now=clock.now())
    trouble = told(at_once(publish, correct))
    del case
    return Outcome(trouble or month_trouble())


RACES: dict[str, Callable[[Ruled, User], Outcome]] = {
    "approve/approve": approve_approve,
    "approve/veto": approve_veto,
    "approve/edit": approve_edit,
    "publish/publish": publish_publish,
    "publish/correct": publish_correct,
    "publish/revise": publish_revise,
    "rule/revise": rule_revise,
    "rule/publish": rule_publish,
}


def judged(case: Case, *acts: Act) -> Outcome:
    """One winner, and a case that was closed once."""
    trouble = told(at_once(*acts))
    return Outcome(trouble or case_trouble(case))


def entries_of(case: Case) -> int:
    """How often the history saw the case leave the state it waited in."""
    return int(case.events.exclude(state=CaseState.OPEN).count())  # type: ignore[attr-defined]


def case_trouble(case: Case) -> str:
    """The case closed once, and its run stands where the case says."""
    case.refresh_from_db()
    wanted = RunState.APPROVED if case.state == CaseState.APPROVED else RunState.CALCULATED
    if entries_of(case) != 1:
        return f"{entries_of(case)} history entries"
    state = ScoreRun.objects.get().state
    return "" if state == wanted else f"the case is {case.state}, its run {state}"


def month_trouble() -> str:
    """Published with one publication, or sent back with none."""
    place, count = AssessedMonth.objects.get(), Publication.objects.count()
    run = ScoreRun.objects.get()
    is_published = (run.state, place.published_id, place.draft_id, count) == (RunState.PUBLISHED, run.pk, None, 1)
    is_back = (run.state, place.published_id, place.draft_id, count) == (RunState.CALCULATED, None, run.pk, 0)
    return "" if is_published or is_back else f"run {run.state}, {count} publications"
