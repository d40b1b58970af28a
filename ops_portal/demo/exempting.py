"""Lines of the demo's assessments that were approved as not applicable, each proposed by HR and confirmed by the GM."""

from dataclasses import dataclass
from datetime import datetime

from apps.assessments.selectors.assessed import assessed_place, scheme_in_force
from apps.assessments.services.adjusting import Event, confirm_adjustment, propose_adjustment
from apps.core.month import Month
from apps.kpis.selectors import month_facts
from ops_portal.demo.keeping import Desk
from ops_portal.demo.scores import Bench


@dataclass(frozen=True, slots=True)
class Exemption:
    """A line that is left out of a month in which it has no value."""

    code: str
    unit: str
    reason: str
    evidence: str
    ruling: str


EXEMPTIONS = (
    Exemption(
        "TRAIN",
        "ENG",
        "The training provider could not hand over its records before the month was closed.",
        "Letter of the provider of the 2nd; the hours are entered as soon as they come.",
        "No fault of the department.",
    ),
    Exemption(
        "ENGAGE",
        "DAT",
        "Fewer than five answered the survey: the figure is withheld, nobody may be recognised.",
        "Note of the survey's keeper: three answers of seven.",
        "So it was agreed with the staff council.",
    ),
)


def leave_out(desk: Desk, bench: Bench, month: Month, *, now: datetime) -> None:
    """Before MONTH is worked out: what has no value in it and is excused."""
    found = [one for one in EXEMPTIONS if one.unit in desk.departments and one.code in desk.known]
    facts = month_facts(
        month=month,
        kpis=[desk.known[one.code].pk for one in found],
        departments=[desk.departments[one.unit].pk for one in found],
    )
    scheme = scheme_in_force(month)
    for one, fact in zip(found, facts, strict=True):
        place = desk.departments[one.unit]
        if fact.presence in {"missing", "suppressed"} and scheme and assessed_place(scheme, month, place.pk):
            event = Event("exemption", one.code, month, place, None, one.evidence, one.reason)
            made = propose_adjustment(event=event, scope=desk.scope(bench.hr), by=bench.hr, now=now)
            confirm_adjustment(adjustment=made, by=bench.gm, now=now, ruling=one.ruling)
