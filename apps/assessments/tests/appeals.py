"""What tests of appeals and calibrations start from."""

from decimal import Decimal

from apps.assessments import services
from apps.assessments.models import AssessedMonth, Scheme
from apps.assessments.services import Granted, Matter
from apps.assessments.tests.factories import NOW, approved, draft, rule
from apps.core.month import Month
from apps.kpis.tests.factories import entry, record
from apps.notifications.models import Notification

MAY = Month(2026, 5)


def banded(firm, *, band="5", calendar=None):
    """The rules in force, with a band of calibration."""
    made = draft(by=firm.hr, departments=firm.assessed, lines=firm.lines)
    Scheme.objects.filter(pk=made.pk).update(calibration_band=Decimal(band), calendar=calendar or {})
    return approved(made, by=firm.hr, deciders=[firm.coo, firm.gm])


def line_of(run, department, code):
    """The indicator of a line of the run."""
    found = run.lines.filter(department=department, indicator__code=code).select_related("indicator")
    return next(line.indicator for line in found)


def appeal_of(firm, run, *, department=None, code="REV", by=None, now=NOW, **given):
    """An appeal against one line; Mia leads Sales, above North and South."""
    place = department or firm.north
    matter = Matter(run, place, indicator=line_of(run, place, code) if code else None)
    return services.file_appeal(
        matter=matter, reason=given.pop("reason", "99, not 95."), by=by or firm.mia, now=now, **given
    )


def admitted(firm, appeal, now=NOW):
    """HR takes it up."""
    return services.admit_appeal(appeal=appeal, by=firm.hr, now=now)


def admitted_for_nora(team, run, reason):
    """An appeal of Nora's (teams.team_of) against her own score, taken up."""
    matter = Matter(run, team.north, person=team.nora_person)
    made = services.file_appeal(matter=matter, reason=reason, by=team.nora, now=NOW)
    return services.admit_appeal(appeal=made, by=team.hr, now=NOW)


def ruled(appeal, ruling, *, by=None, now=NOW, reason="Looked at again.", indicators=(), is_beside=False):
    """The reviewer rules."""
    appeal.refresh_from_db()
    granted = Granted(indicators, is_beside)
    return services.rule_appeal(
        appeal=appeal, ruling=ruling, reason=reason, granted=granted, by=by or appeal.reviewer, now=now
    )


def restated(firm, department, value, kpi=None):
    """Another figure for May."""
    record([entry(kpi or firm.revenue, department, "2026-05", value)], by=firm.coo)


def published_draft(firm, now=NOW):
    """The draft of May, handed in, approved and published."""
    case = services.hand_in_month(month=MAY, by=firm.hr, now=now)
    for decider in (firm.coo, firm.gm):
        rule(case, decider, now=now)
    return services.publish_month(month=MAY, by=firm.hr, now=now)


def told(user, words):
    """Whether the user was told this of an appeal."""
    return Notification.objects.filter(user=user, kind="assessments.appeal", subject__contains=words).exists()


def place():
    """May as it stands."""
    return AssessedMonth.objects.get(month=MAY.first_day)


def upheld_for_north(firm, run):
    """North's appeal against RUN upheld: its revenue is 99 now, in the draft that carries the ruling out."""
    appeal = admitted(firm, appeal_of(firm, run))
    restated(firm, firm.north, 99)
    return ruled(appeal, "upheld")
