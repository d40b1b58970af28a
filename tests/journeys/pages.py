"""The pages each role opens, of the whole portal: addresses with the keys of the demo company still to be filled in."""

import contextlib
from datetime import date

import psycopg2

from apps.assessments.choices import Method
from apps.core.month import Month
from tests.journeys.server import TODAY

THIS_MONTH = Month.of(date.fromisoformat(TODAY))
PUBLISHED, IN_WORK, APPEALED = THIS_MONTH.plus(-2), THIS_MONTH.plus(-1), THIS_MONTH.plus(-3)
"""Months of the demo company's scores."""
QUARTER, YEAR = "{published_quarter}", f"{PUBLISHED.year}-01"

PAGES = {
    "coo": "/ /departments/ /departments/list/ /staff/ /staff/movements/ /staff/headcount/ /approvals/ /periods/ /imports/"
    " /forecasts/ /forecasts/accuracy/ /forecasts/accuracy/kpis/ /forecasts/accuracy/departments/"
    " /forecasts/reports/ /forecasts/reports/new/ /forecasts/staff/",
    "gm": "/ /forecasts/reports/ /approvals/ /approvals/all/ /assessments/",
    "manager": "/ /departments/ /staff/ /staff/movements/ /staff/headcount/ /assessments/ /forecasts/",
    "hr": "/ /staff/ /staff/hire/ /staff/positions/ /staff/headcount/plan/ /imports/new/ /jobs/ /history/",
    "finance": "/ /staff/headcount/ /search/?q=lab",
    "employee": "/ /staff/me/ /departments/ /notifications/ /notifications/preferences/ /accounts/me/ /assessments/",
    "auditor": "/ /history/ /accounts/ /periods/calendar/",
    "administrator": "/ /accounts/ /accounts/new/ /accounts/keys/ /accounts/keys/new/ /notifications/webhooks/ /gallery/",
}
"""Addresses that are the same in every company."""

SCHEMES = """
schemes/ schemes/new/ schemes/{approved}/ schemes/{approved}/compare/ schemes/{draft}/ schemes/{draft}/edit/
schemes/{draft}/items/ schemes/{draft}/people/ schemes/{draft}/calendar/ schemes/{draft}/submit/ schemes/{draft}/discard/
schemes/{draft}/rehearse/ schemes/{draft}/scorecards/new/ scorecards/{card}/rename/ scorecards/{card}/remove/
scorecards/{card}/departments/ indicators/{indicator}/edit/ indicators/{indicator}/remove/
"""
METHODS = " ".join(f"scorecards/{{card}}/indicators/new/?method={method}" for method in Method.values)
OF_HR = f"""
{IN_WORK}/hand-in/ {IN_WORK}/compute/ {PUBLISHED}/scores/ {PUBLISHED}/revise/ {PUBLISHED}/people/
{PUBLISHED}/people/{{person}}/ {PUBLISHED}/raters/ {PUBLISHED}/rewards/ {PUBLISHED}/rewards/propose/ rewards/{{reward}}/
pay-bases/ pay-bases/{{person}}/ register/ register/new/?month={IN_WORK} register/{{veto}}/ appeals/ appeals/all/
appeals/{{appeal}}/ improvement/ improvement/{{plan}}/ {PUBLISHED}/improvement/propose/ rehearsals/ rehearsals/{{rehearsal}}/
"""
OF_COO = f"""
{IN_WORK}/ {IN_WORK}/discard-draft/ {IN_WORK}/entries/ {IN_WORK}/entries/{{reporting}}/ {IN_WORK}/ratings/
{IN_WORK}/calibrations/ {IN_WORK}/calibrations/made/ {IN_WORK}/departments/{{scored}}/calibrate/ {IN_WORK}/appraise/
{PUBLISHED}/rewards/decide/
{APPEALED}/departments/{{appealed}}/ improvement/{{plan}}/start/ departments/{{scored}}/ rehearsals/{{rehearsal}}/
"""
OF_OTHERS = {
    "gm": f"{PUBLISHED}/rewards/decide/ {IN_WORK}/ratings/ improvement/{{plan}}/",
    "manager": f"{PUBLISHED}/ {PUBLISHED}/people/ {IN_WORK}/appraise/ {IN_WORK}/entries/ register/new/?month={IN_WORK} "
    f"appeals/ {PUBLISHED}/rewards/ periods/",
    "employee": f"{PUBLISHED}/people/me/ appeals/mine/ {APPEALED}/rewards/ improvement/ {PUBLISHED}/",
    "auditor": f"{PUBLISHED}/ {IN_WORK}/calibrations/ {PUBLISHED}/calibrations/made/ periods/ "
    f"periods/quarter/{QUARTER}/ periods/year/{YEAR}/ periods/quarter/{QUARTER}/people/ "
    f"appeals/{{appeal}}/ {APPEALED}/departments/{{appealed}}/?version=1",
}
"""Addresses under /assessments/, the keys of the demo company in braces."""
OF_FORECASTS = "kpi/{warned}/{warned_kpi}/"
FORECASTS = {
    "coo": f"{OF_FORECASTS} {OF_FORECASTS}?level_pct=5 {OF_FORECASTS}override/ {OF_FORECASTS}take-back/"
    f" {OF_FORECASTS}what-if/"
    " score/{scored}/ headcount/{warned}/ departments/{warned}/ reports/{report}/ reports/{report}/edit/"
    " reports/{report}/compare/",
    "auditor": OF_FORECASTS,
}
"""Addresses under /forecasts/."""

WARNED = (
    "SELECT s.{} FROM forecasts_seriesforecast s JOIN forecasts_forecastmonth m ON m.current_id = s.issue_id"
    " WHERE s.kind = 'kpi' AND s.warning <> '' AND NOT s.is_own AND s.mean <> '{{{{}}}}'"
    " ORDER BY m.month DESC, s.department_id, s.kpi_key LIMIT 1"
)

KEYS = {
    "warned": WARNED.format("department_id"),
    "warned_kpi": WARNED.format("kpi_key"),
    "report": "SELECT id FROM forecasts_situationreport ORDER BY month DESC, version DESC LIMIT 1",
    "approved": "SELECT id FROM assessments_scheme WHERE state = 'approved' ORDER BY version DESC LIMIT 1",
    "draft": "SELECT id FROM assessments_scheme WHERE state = 'draft' ORDER BY version DESC LIMIT 1",
    "card": "SELECT id FROM assessments_scorecard WHERE scheme_id = {draft} ORDER BY id LIMIT 1",
    "indicator": "SELECT id FROM assessments_indicator WHERE scorecard_id = {card} ORDER BY id LIMIT 1",
    "reporting": "SELECT d.id FROM departments_department d WHERE d.code = 'SRV'",
    "scored": "SELECT s.department_id FROM assessments_score s JOIN assessments_scorerun r ON r.id = s.run_id"
    f" WHERE r.month = '{IN_WORK.first_day}' AND s.total IS NOT NULL ORDER BY s.id LIMIT 1",
    "person": "SELECT p.person_id FROM assessments_personscore p JOIN assessments_scorerun r ON r.id = p.run_id"
    f" WHERE r.month = '{PUBLISHED.first_day}' AND p.role = 'member' AND p.total IS NOT NULL ORDER BY p.id LIMIT 1",
    "reward": "SELECT id FROM assessments_reward WHERE state = 'approved' ORDER BY id DESC LIMIT 1",
    "veto": "SELECT id FROM assessments_adjustment WHERE kind = 'veto' ORDER BY id LIMIT 1",
    "appeal": "SELECT id FROM assessments_appeal ORDER BY id LIMIT 1",
    "appealed": "SELECT department_id FROM assessments_appeal ORDER BY id LIMIT 1",
    "plan": "SELECT id FROM assessments_improvementplan ORDER BY id LIMIT 1",
    "rehearsal": "SELECT id FROM assessments_rehearsal ORDER BY id LIMIT 1",
}
"""Each may name those before it."""


def visits() -> list[tuple[str, str]]:
    """(role, address) of every page."""
    under = {"hr": " ".join((SCHEMES, METHODS, OF_HR)), "coo": OF_COO, **OF_OTHERS}
    found = [(role, path) for role, paths in PAGES.items() for path in paths.split()]
    found += [(role, f"/forecasts/{path}") for role, paths in FORECASTS.items() for path in paths.split()]
    return found + [(role, f"/assessments/{path}") for role, paths in under.items() for path in paths.split()]


def keys_of(database_url: str) -> dict[str, str]:
    """The keys of the demo company, by the names the addresses use."""
    found = {"published_quarter": str(Month(PUBLISHED.year, (PUBLISHED.number - 1) // 3 * 3 + 1))}
    with contextlib.closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        for name, question in KEYS.items():
            cursor.execute(question.format(**found))
            row = cursor.fetchone()
            assert row, f"The demo company has no {name}."
            found[name] = str(row[0])
    return found
