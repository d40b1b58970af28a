"""The demo's situation-and-outlook reports: those of the last months went to their readers, the newest is being written."""

from collections.abc import Mapping

from apps.accounts.selectors import users_with_capability
from apps.core.month import Month
from apps.forecasts.services import approve_report, assemble_report, issue_report, say
from ops_portal.demo.keeping import Desk

SAID: Mapping[int, Mapping[str, str]] = {
    3: {
        "summary": "Deliveries are on target. The supplier of optical sensors has announced that the next lots come late; "
        "from next month on this will be seen in orders delivered on time.",
        "off": "Watch the supplier deliveries: they fall before anything else does.",
    },
    2: {
        "summary": "The late sensors cost us the delivery target. Frames and housings are built ahead, so that meters leave "
        "the house as soon as sensors are here. Sales hold; cost is under its limit.",
        "off": "One cause stands behind four of the lights: optical sensors of one supplier.",
        "wanted": "A second supplier of optical sensors: approval of the sample order, 9,400 EUR.",
    },
    1: {
        "summary": "Sensors are still late, and customers feel it. The second supplier passed incoming inspection; "
        "its first lot is due in six weeks.",
        "off": "Backlog, supplier deliveries and orders on time are one matter. Certificates are another: one bench for a "
        "third more orders.",
        "wanted": "The second calibration bench of the laboratory (68,500 EUR): it waits for a ruling.",
    },
}
"""What the COO wrote, by how many months ago. The newest is a draft."""
ASSEMBLED_ON, ISSUED_ON = 14, 16


def report_month(desk: Desk, month: Month, ago: int) -> None:
    """The report of a month that has just been told, for those months that have one."""
    if ago not in SAID:
        return
    coo, then = desk.coo, desk.moment(month, ASSEMBLED_ON)
    report = assemble_report(month=month, by=coo, now=then).report
    report = say(report=report, said=SAID[ago], by=coo, now=then)
    if ago > 1:
        readers = [*users_with_capability("forecasts.view_reports").exclude(pk=coo.pk), desk.manager]
        report = approve_report(report=report, by=coo, now=desk.moment(month, ISSUED_ON))
        issue_report(report=report, readers=readers, by=coo, now=desk.moment(month, ISSUED_ON))
