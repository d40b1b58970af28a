"""What departments report for indicators that are not one KPI's value: each report a version, the newest counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assessments.models import AssessedDepartment, Entry, Indicator
from apps.assessments.selectors.assessed import ENTERED, is_of_department, public_standing
from apps.assessments.services.registers import (
    SaidMeanwhile,
    WrongEntry,
    require_assessed,
    require_begun,
    require_indicator,
    require_scheme,
)
from apps.assessments.services.reported import tidy
from apps.core.clock import local_date
from apps.core.errors import NotAllowed
from apps.core.history import because
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.wording import month_text
from apps.departments.models import Department
from apps.departments.selectors import department_for
from apps.periods.choices import FactKind
from apps.periods.services import PeriodClosed, require_accepts

ENTER = "assessments.enter"
RESTATE = "assessments.restate"
LONGEST_NOTE, LONGEST_EVIDENCE = 500, 2_000


@dataclass(frozen=True, slots=True)
class Reported:
    """What came of a report: the version that counts, whether it is new, whether a published month needs revising."""

    entry: Entry
    is_new: bool
    needs_revision: bool


@transaction.atomic
def enter_facts(
    *,
    month: Month,
    department: Department,
    indicator: Indicator,
    content: Mapping[str, Any],
    scope: Scope,
    by: User,
    now: datetime,
    note: str = "",
    evidence: str = "",
    based_on: int | None = None,
) -> Reported:
    """Report counts or milestones of DEPARTMENT for INDICATOR. assessments.enter, for departments of the scope.

    Until the month's cut-off for reports; after it only with assessments.restate and a reason, the NOTE. Who is not of the
    department gives EVIDENCE. The same content is no new version. BASED_ON: the version looked at (0: none, None: any).
    """
    place = place_reported(month, department, indicator, scope=scope, now=now)
    kept = tidy(indicator, content, today=local_date(now), note=note)
    # Whoever reports for the same department waits here, so that versions have no gap and no twin.
    AssessedDepartment.objects.select_for_update(no_key=True).get(pk=place.pk)
    about: dict[str, Any] = {"month": month.first_day, "indicator": indicator, "department": department}
    last = Entry.objects.filter(**about).last()
    is_published = public_standing(month).is_published
    if last is not None and last.content == kept:
        return Reported(last, is_new=False, needs_revision=False)
    require_seen(last, based_on)
    is_restated = is_correction(month, scope=scope, note=note, now=now)
    require_evidence(evidence, department, month, by=by, now=now)
    with because("assessments.facts_entered", reason=note.strip() if is_restated else "", by=by):
        made = Entry.objects.create(
            **about,
            version=last.version + 1 if last else 1,
            content=kept,
            note=note.strip()[:LONGEST_NOTE],
            evidence=evidence.strip(),
            **{"said_by": by, "said_at": now, "is_restated": is_restated},
        )
    return Reported(made, is_new=True, needs_revision=is_published)


def place_reported(
    month: Month, department: Department, indicator: Indicator, *, scope: Scope, now: datetime
) -> AssessedDepartment:
    """How the department is judged, where this person may report for it and the indicator is reported at all."""
    if not scope.may(ENTER):
        raise NotAllowed(_("You may not report for the assessment. Ask the head of the department, or HR."))
    department_for(scope, department.pk)
    require_begun(month, now)
    place = require_assessed(require_scheme(month), month, department)
    require_indicator(place, indicator, ENTERED)
    return place


def require_evidence(evidence: str, department: Department, month: Month, *, by: User, now: datetime) -> None:
    """Refuse what somebody reports of a department they are not of without saying where it can be checked."""
    if len(evidence.strip()) > LONGEST_EVIDENCE:
        raise WrongEntry(
            _("The evidence has at most 2,000 signs. Name the papers, do not copy them."), field="evidence"
        )
    if evidence.strip() or is_of_department(by, department.pk, month, local_date(now)):
        return
    raise WrongEntry(
        _(
            "You are not of %(department)s: write under “Evidence” which papers, numbers or links show what you report of "
            "it for %(month)s."
        )
        % {"department": department.name, "month": month_text(month)},
        field="evidence",
    )


def require_seen(last: Entry | None, based_on: int | None) -> None:
    """Refuse to replace a version nobody looked at."""
    present = last.version if last else 0
    if based_on is None or based_on == present:
        return
    raise SaidMeanwhile(
        _("%(who)s has reported something else meanwhile. Compare the two, then save again to put yours in its place.")
        % {"who": last.said_by.name if last else _("Somebody")},
        details={"version": present},
    )


def is_correction(month: Month, *, scope: Scope, note: str, now: datetime) -> bool:
    """Whether a report made now is a correction after the cut-off; refuses one that may not be made."""
    try:
        require_accepts(kind=FactKind.REPORTS, month=month, at=now)
    except PeriodClosed:
        if not scope.may(RESTATE):
            raise
        if not note.strip():
            raise WrongEntry(
                _("The cut-off of %(month)s has passed: write the reason for the correction.")
                % {"month": month_text(month)},
                field="note",
            ) from None
        return True
    return False
