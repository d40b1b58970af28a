"""The demo's situation-and-outlook reports, twelve in all: eleven went to their readers, the newest is being written."""

from collections.abc import Mapping

from apps.accounts.selectors import users_with_capability
from apps.core.month import Month
from apps.forecasts.services import approve_report, assemble_report, issue_report, say
from ops_portal.demo.keeping import Desk

SAID: Mapping[int, Mapping[str, str]] = {
    12: {
        "summary": "The first month with a forecast: from now on this report says how the year will end, and later "
        "how well it knew. Lead time and machine downtime are back under their limits.",
        "off": "Records without a fault miss their target by half a point: the data team checks more than it used to.",
    },
    11: {
        "summary": "Controlling has lost its head; finance leads it meanwhile. Nobody reports how accurate the "
        "revenue forecast was until the post is filled.",
        "off": "Lead time, repairs and open requests are over their limits by very little. Watched, not acted upon. "
        "One accident with lost days: the floor at the packing bench was wet.",
    },
    10: {
        "summary": "A quiet month: what was slightly late a month ago is in time again, and nobody was hurt.",
        "off": "Records without a fault stay just under their target. No measure: they rise by themselves as old "
        "ones go.",
        "wanted": "Controlling without a head costs us the revenue forecast: the post should be filled before the "
        "next quarter.",
    },
    9: {
        "summary": "Orders on time look better than what customers tell us. Supply chain checks how part deliveries "
        "were counted; until then take the figure with care.",
        "people": "The new head of controlling has begun. The accuracy of the revenue forecast is reported again "
        "from the next month on.",
    },
    8: {
        "summary": "Last month’s orders on time were corrected: part deliveries had been counted as complete. "
        "Target met even so. Calibration certificates miss theirs for the first time in a while.",
        "off": "Certificates: more orders than one bench can take. The laboratory works through its backlog on "
        "Saturdays.",
    },
    7: {
        "summary": "Two accidents with lost days, after three months without one. Nothing in the figures of "
        "delivery or money gives cause to act.",
        "off": "Both accidents happened while machines were set up. Setting up is done by two people until guards "
        "are changed.",
    },
    6: {
        "summary": "Delivery, sales and cost are where they should be. Electricity looks too low for the month: "
        "plant engineering reads the meter of the north hall again.",
        "off": "One accident with lost days, a fall on the stairs. Certificates wait for the same bench as before.",
    },
    5: {
        "summary": "The order system stood for two days, so supplier deliveries came in late; they are complete "
        "now. Last month’s electricity was corrected upwards.",
        "off": "One accident again, with a forklift. Lanes for people are painted on the floor of the warehouse.",
    },
    4: {
        "summary": "The fourth month in a row with an accident, else nothing that alarms. Revenue, margin and cash "
        "stand well; cash is looked at by a second pair of eyes from now on.",
        "off": "Safety is the first point of each debriefing until we are back at none. Certificates just miss "
        "their target.",
        "wanted": "The laboratory may ask for offers of a second calibration bench.",
    },
    3: {
        "summary": "Deliveries are on target. The supplier of optical sensors has announced that the next lots come "
        "late; from next month on this will be seen in orders delivered on time.",
        "off": "Watch the supplier deliveries: they fall before anything else does. Certificates fell to two in "
        "three: the bench was full when the large contract came in.",
    },
    2: {
        "summary": "The late sensors cost us the delivery target. Frames and housings are built ahead, so that "
        "meters leave the house as soon as sensors are here. Sales hold; cost is under its limit.",
        "off": "One cause stands behind four of the lights: optical sensors of one supplier.",
        "wanted": "A second supplier of optical sensors: approval of the sample order, 9,400 EUR.",
    },
    1: {
        "summary": "Sensors are still late, and customers feel it. The second supplier passed incoming inspection; "
        "its first lot is due in six weeks.",
        "off": "Backlog, supplier deliveries and orders on time are one matter. Certificates are another: one bench "
        "for a third more orders.",
        "wanted": "The second calibration bench of the laboratory (68,500 EUR): it waits for a ruling.",
    },
}
"""What the COO wrote, by how many months ago: one for each month that has a forecast. The newest is a draft.

Only what is so in any season: the story ends on the day it is told (tests/demo/test_figures.py holds the lights)."""
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
