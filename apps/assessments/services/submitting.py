"""A scheme on its way into force: what still keeps it back, handing it in, and what a ruling does to it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.approvals.choices import CaseKind, CaseState
from apps.approvals.models import Case
from apps.approvals.services import open_case
from apps.assessments.choices import SchemeState
from apps.assessments.models import Scheme
from apps.assessments.selectors.bases import turn_of
from apps.assessments.services.changes import changes_of
from apps.assessments.services.checking import problems_of
from apps.assessments.services.fixing_raters import fix_raters, release_raters
from apps.assessments.services.leading import deciders_on
from apps.assessments.services.refusals import SchemeNotReady
from apps.assessments.services.schemes import locked_draft
from apps.assessments.services.starting import hold_from, start_problems
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import day_text, month_text

DAYS_TO_DECIDE = 3


@transaction.atomic
def submit_scheme(*, scheme: Scheme, by: User, now: datetime) -> Case:
    """Hand a draft in for the COO's ruling, and the GM's where the COO's own line is assessed. assessments.edit_schemes.

    Refuses a scheme with problems (details list them all) and a second one while one waits. Whose accounts its raters are
    is fixed from here on.
    """
    draft = locked_draft(scheme)
    fix_raters(draft)
    require_ready(draft, _("%(scheme)s cannot be submitted yet. %(where)s: %(first)s"), at=now)
    case = open_case(
        kind=CaseKind.SCHEME,
        title=str(draft),
        subject_ref=f"assessments.scheme:{draft.pk}",
        subject_url=draft.get_absolute_url(),
        subject_version=draft.version,
        brief=brief_of(draft),
        steps=deciders_on(
            draft.assessed.values_list("department", flat=True), day=draft.valid.lower, working_days=DAYS_TO_DECIDE
        ),
        submitted_by=by,
        authors=[draft.drafted_by],
        now=now,
    )
    draft.state, draft.case = SchemeState.SUBMITTED, case
    with because("assessments.scheme_submitted", by=by):
        draft.save(update_fields=["state", "case", "updated_at"])
    return case


def require_ready(scheme: Scheme, refusal: str, *, at: datetime) -> None:
    """Refuse, in the words of REFUSAL, a scheme with problems; details list them all."""
    problems = [*problems_of(scheme), *start_problems(scheme, at=at)]
    if problems:
        raise SchemeNotReady(
            refusal % {"scheme": scheme, "where": problems[0].where, "first": problems[0].text},
            details={"problems": [{"where": one.where, "message": one.text} for one in problems]},
        )


def brief_of(scheme: Scheme) -> dict[str, Any]:
    """What the deciders read: how large it is, from when, and what changes against the scheme it was copied from."""
    first = month_text(Month.of(scheme.valid.lower))
    counts = {
        _("Scorecards"): scheme.scorecards.count(),
        _("Indicators"): scheme.indicators.count(),
        _("Departments"): scheme.assessed.count(),
    }
    return {
        "summary": scheme.note or _("%(scheme)s, to hold from %(month)s on.") % {"scheme": scheme, "month": first},
        "effect": _("Months from %(month)s on are assessed by it; published months stay as they are.")
        % {"month": first},
        "facts": [
            *basis_facts(scheme),
            *({"label": label, "value": str(count)} for label, count in counts.items()),
        ],
        "changes": changes_of(scheme),
    }


def basis_facts(scheme: Scheme) -> list[dict[str, str]]:
    """Of a change inside a running year: from which day it takes effect, which rules it leaves for which, and why."""
    turn = turn_of(scheme)
    if turn is None:
        return []
    last, first = month_text(turn.first.plus(-1)), month_text(turn.first)
    said = {
        _("Takes effect"): _("%(day)s, inside the running year %(year)s")
        % {"day": day_text(turn.new.valid.lower), "year": turn.year},
        _("Reason"): scheme.note,
        _("Old basis"): _("%(scheme)s, to %(month)s") % {"scheme": turn.old, "month": last},
        _("New basis"): _("%(scheme)s, from %(month)s on") % {"scheme": turn.new, "month": first},
    }
    return [{"label": label, "value": value} for label, value in said.items()]


def settle_scheme(case: Case, *, by: User, now: datetime) -> None:
    """What a closed case does to its scheme; called by approvals in the transaction of the ruling.

    Approved: in force from its first month on, and the one before ends there. Refused, so that the case stays open, where
    something came up since it was submitted: its first month was published, handed in or is past its cut-off by now, a
    target or a rater is gone. Anything else than an approval: a draft again.
    """
    scheme = Scheme.objects.select_for_update().get(case=case)
    if case.state != CaseState.APPROVED:
        scheme.state = SchemeState.DRAFT
        scheme.case = None
        scheme.save(update_fields=["state", "case", "updated_at"])
        release_raters(scheme)
        return
    first = scheme.valid.lower
    hold_from(Month.of(first))
    # Held before anything is looked at: a veto that is confirmed by the rules in force is seen here, or sees what follows.
    formers = list(Scheme.objects.approved().filter(valid__contains=first).select_for_update())
    require_ready(
        scheme,
        _(
            "%(scheme)s cannot come into force as it was submitted. %(where)s: %(first)s Return it, so that it is mended "
            "and handed in again."
        ),
        at=now,
    )
    for former in formers:
        former.valid = DateRange(former.valid.lower, first)
        former.save(update_fields=["valid", "updated_at"])
    scheme.state, scheme.approved_at = SchemeState.APPROVED, now
    with because("assessments.scheme_approved", by=by):
        scheme.save(update_fields=["state", "approved_at", "updated_at"])
