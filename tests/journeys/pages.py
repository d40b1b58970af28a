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

STRANGER, HALF, GUARDED, UNGUARDED = "stranger", "half", "guarded", "unguarded"
"""Nobody; somebody who has yet to give the code; somebody who gave it; somebody just signed in who has none."""

PAGES = {
    "coo": "/ /departments/ /departments/list/ /staff/ /staff/movements/ /staff/headcount/ /approvals/ /periods/ /imports/"
    " /forecasts/ /forecasts/issue/ /forecasts/accuracy/ /forecasts/accuracy/kpis/ /forecasts/accuracy/departments/"
    " /forecasts/reports/ /forecasts/reports/new/",
    "gm": "/ /forecasts/reports/ /approvals/ /approvals/all/ /assessments/",
    "manager": "/ /departments/ /staff/ /staff/movements/ /staff/headcount/ /assessments/ /forecasts/",
    "hr": "/ /staff/ /staff/hire/ /staff/positions/ /staff/headcount/plan/ /imports/new/ /jobs/ /history/",
    "finance": "/ /staff/headcount/ /search/?q=lab",
    "employee": "/ /staff/me/ /departments/ /notifications/ /notifications/preferences/ /accounts/me/ /assessments/",
    "auditor": "/ /history/ /accounts/ /periods/calendar/",
    "administrator": "/ /accounts/ /accounts/new/ /accounts/keys/ /accounts/keys/new/ /notifications/webhooks/ /gallery/",
}
"""Addresses that are the same in every company."""

KPIS = {
    "coo": "? heat-map/ waiting/ new/ entry/ entry/?department={sales}&all=1 {kpi}/ {kpi}/?tab=values {kpi}/?tab=below"
    " {kpi}/?tab=targets {kpi}/?tab=definitions {kpi}/?tab=history {kpi}/definition/ {kpi}/edit/ {kpi}/retire/"
    " {kpi}/targets/ {kpi}/baseline/",
    "manager": "entry/ {kpi}/?department={sales}",
}
"""Addresses under /kpis/."""
DEPARTMENTS = {
    "coo": "new/ {sales}/ {sales}/people/ {sales}/departments/ {sales}/scores/ {sales}/outlook/ {sales}/history/"
    " {sales}/change/ {sales}/rename/ {sales}/move/ {sales}/merge/ {sales}/close/ {closed}/ {closed}/reopen/",
    "employee": "{production}/",
}
"""Addresses under /departments/."""
STAFF = {
    "hr": "{own_person}/ {own_person}/history/ {own_person}/change/ {own_person}/account/ {own_person}/leave/"
    " {own_person}/transfer/ {own_person}/appoint/ {leaver}/ {leaver}/rehire/ appointments/{appointment}/change/"
    " appointments/{appointment}/end/ appointments/{appointment}/remove/ movements/{movement}/cancel/ positions/new/"
    " positions/{position}/",
    "manager": "{led_person}/",
}
"""Addresses under /staff/."""
PLATFORM = {
    "coo": "periods/{period}/ periods/{period}/reopen/ periods/cut-offs/{cut_off}/move/"
    " periods/rules/ approvals/{case}/ approvals/sent/",
    "gm": "approvals/{case}/",
    "manager": "approvals/{own_case}/withdraw/ notifications/stand-in/ notifications/stand-in/name/",
    "hr": "imports/mappings/ imports/{import_sent}/columns/ imports/{import_checked}/"
    " imports/{import_checked}/save-mapping/ imports/{import_done}/ imports/{import_done}/undo/",
    "administrator": "accounts/{account}/ accounts/{account}/edit/ accounts/{account}/roles/ accounts/{account}/close/"
    " periods/calendar/declare/ periods/rules/kpi_values/change/ periods/years/lay-out/"
    " accounts/keys/{key}/ accounts/password/change/ accounts/reauthenticate/ accounts/logout/ jobs/messages/"
    " jobs/messages/{message}/send-again/ jobs/{failed_run}/ notifications/webhooks/add/"
    " notifications/webhooks/{endpoint}/ notifications/webhooks/{endpoint}/change/"
    " notifications/webhooks/{endpoint}/pause/ notifications/webhooks/deliveries/{delivery}/ api/v1/docs/",
    "auditor": "jobs/{company_run}/",
    STRANGER: "accounts/login/ accounts/inactive/ accounts/password/reset/ accounts/password/reset/done/"
    " accounts/password/reset/key/{reset}/ accounts/password/reset/key/{reset}x/ accounts/password/reset/key/done/"
    " accounts/company/cancelled/",
    HALF: "accounts/2fa/authenticate/",
    GUARDED: "accounts/me/ accounts/2fa/reauthenticate/ accounts/2fa/totp/deactivate/ accounts/2fa/recovery-codes/"
    " accounts/2fa/recovery-codes/generate/",
    UNGUARDED: "accounts/2fa/totp/activate/",
}
"""Addresses of what every installation has."""
ERRORS = {
    ("employee", "/accounts/"): 403,
    ("employee", "/no-such-page/"): 404,
    (STRANGER, "/accounts/company/error/"): 401,
}
"""(role, address) of answers that are no page of their own, with their status; more in test_every_page.py."""

SCHEMES = """
schemes/ schemes/new/ schemes/{approved}/ schemes/{approved}/compare/ schemes/{draft}/ schemes/{draft}/edit/
schemes/{draft}/items/ schemes/{draft}/people/ schemes/{draft}/calendar/ schemes/{draft}/submit/ schemes/{draft}/discard/
schemes/{draft}/rehearse/ schemes/{draft}/scorecards/new/ scorecards/{card}/rename/ scorecards/{card}/remove/
scorecards/{card}/departments/ indicators/{indicator}/edit/ indicators/{indicator}/remove/
"""
METHODS = " ".join(f"scorecards/{{card}}/indicators/new/?method={method}" for method in Method.values)
OF_HR = f"""
{IN_WORK}/hand-in/ {IN_WORK}/compute/ {PUBLISHED}/scores/ {PUBLISHED}/revise/ {PUBLISHED}/people/
{PUBLISHED}/people/{{person}}/ {PUBLISHED}/raters/ {PUBLISHED}/raters/people/ {PUBLISHED}/raters/standardised/
{PUBLISHED}/raters/people/standardised/ {PUBLISHED}/rewards/ {PUBLISHED}/rewards/propose/ rewards/{{reward}}/ rewards/
rewards/?by=departments
rewards/?by=people rewards/new/ rewards/{{deed}}/ rewards/{{deed}}/reverse/
nominations/ nominations/{{nomination}}/
pay-bases/ pay-bases/{{person}}/ register/ register/new/?month={IN_WORK} register/{{veto}}/ appeals/ appeals/all/
appeals/{{appeal}}/ improvement/ improvement/{{plan}}/ {PUBLISHED}/improvement/propose/ rehearsals/ rehearsals/{{rehearsal}}/
{IN_WORK}/publish/ register/{{claim}}/ register/{{claim}}/withdraw/ appeals/{{filed_appeal}}/
appeals/{{filed_appeal}}/admit/ appeals/{{filed_appeal}}/reject/
"""
OF_COO = f"""
{IN_WORK}/ {IN_WORK}/discard-draft/ {IN_WORK}/send-back/ {IN_WORK}/entries/ {IN_WORK}/entries/{{reporting}}/
{IN_WORK}/ratings/ {IN_WORK}/calibrations/ {IN_WORK}/calibrations/made/ {IN_WORK}/departments/{{scored}}/calibrate/
{IN_WORK}/appraise/ {PUBLISHED}/rewards/decide/ nominations/{{nomination}}/decide/
{APPEALED}/departments/{{appealed}}/ improvement/{{plan}}/start/ improvement/{{plan}}/review/ improvement/{{plan}}/close/
improvement/new/ register/{{claim}}/confirm/ register/{{claim}}/refuse/ register/{{veto}}/lift/
appeals/{{reviewed_appeal}}/ appeals/{{reviewed_appeal}}/rule/ appeals/{{reviewed_appeal}}/hand-up/
departments/{{scored}}/ rehearsals/{{rehearsal}}/ rehearsals/{{rehearsal}}/people/ rehearsals/{{rehearsal}}/pay/
"""
OF_OTHERS = {
    "gm": f"{PUBLISHED}/recompute/ {PUBLISHED}/rewards/decide/ {IN_WORK}/ratings/ improvement/{{plan}}/",
    "manager": f"{PUBLISHED}/ {PUBLISHED}/people/ {IN_WORK}/appraise/ {IN_WORK}/entries/ register/new/?month={IN_WORK} "
    f"appeals/ {PUBLISHED}/rewards/ periods/ {PUBLISHED}/departments/{{marketing}}/appeal/ "
    "appeals/{filed_appeal}/withdraw/ appeals/{filed_appeal}/second-level/",
    "employee": f"{PUBLISHED}/people/me/ {PUBLISHED}/people/{{own_person}}/appeal/ appeals/mine/ "
    f"{APPEALED}/rewards/ rewards/ improvement/ {PUBLISHED}/ rules/",
    "auditor": f"{PUBLISHED}/ {IN_WORK}/calibrations/ {PUBLISHED}/calibrations/made/ periods/ "
    f"periods/quarter/{QUARTER}/ periods/year/{YEAR}/ periods/quarter/{QUARTER}/people/ "
    f"periods/year/{YEAR}/cumulative/ "
    f"appeals/{{appeal}}/ {APPEALED}/departments/{{appealed}}/?version=1",
}
"""Addresses under /assessments/, the keys of the demo company in braces."""
OF_FORECASTS = "kpi/{warned}/{warned_kpi}/"
FORECASTS = {
    "coo": f"{OF_FORECASTS} {OF_FORECASTS}?level_pct=5 {OF_FORECASTS}override/ {OF_FORECASTS}take-back/"
    f" {OF_FORECASTS}what-if/"
    " score/{scored}/ headcount/{warned}/ departments/{warned}/ staff/ reports/{draft_report}/"
    " reports/{draft_report}/edit/ reports/{approved_report}/reopen/"
    " reports/{approved_report}/issue/",
    "gm": "reports/{issued_report}/compare/",
    "auditor": OF_FORECASTS,
}
"""Addresses under /forecasts/."""
UNDER = {
    "/kpis/": KPIS,
    "/departments/": DEPARTMENTS,
    "/staff/": STAFF,
    "/": PLATFORM,
    "/forecasts/": FORECASTS,
    "/assessments/": {"hr": " ".join((SCHEMES, METHODS, OF_HR)), "coo": OF_COO, **OF_OTHERS},
}

WARNED = (
    "SELECT s.{} FROM forecasts_seriesforecast s JOIN forecasts_forecastmonth m ON m.current_id = s.issue_id"
    " WHERE s.kind = 'kpi' AND s.warning <> '' AND NOT s.is_own AND s.mean <> '{{{{}}}}'"
    " ORDER BY m.month DESC, s.department_id, s.kpi_key LIMIT 1"
)

KEYS = {
    "sales": "SELECT id FROM departments_department WHERE code = 'SAL'",
    "marketing": "SELECT id FROM departments_department WHERE code = 'MKT'",
    "production": "SELECT id FROM departments_department WHERE code = 'PRD'",
    "closed": "SELECT department_id FROM departments_departmentversion GROUP BY 1 HAVING max(upper(valid)) IS NOT NULL"
    f" AND bool_and(NOT upper_inf(valid) AND upper(valid) <= '{TODAY}') ORDER BY 1 LIMIT 1",
    "led_person": "SELECT person_id FROM staff_appointment WHERE department_id = {sales} AND ends_on IS NULL"
    " AND role = 'member' ORDER BY id LIMIT 1",
    "leaver": "SELECT person_id FROM staff_employment GROUP BY 1"
    f" HAVING bool_and(last_day < '{TODAY}') ORDER BY 1 LIMIT 1",
    "appointment": "SELECT id FROM staff_appointment WHERE NOT is_main ORDER BY id DESC LIMIT 1",
    "movement": "SELECT id FROM staff_movement ORDER BY id DESC LIMIT 1",
    "position": "SELECT id FROM staff_position ORDER BY id LIMIT 1",
    "kpi": "SELECT id FROM kpis_kpi WHERE code = 'REV'",
    "period": f"SELECT id FROM periods_period WHERE kind = 'month' AND first_day = '{PUBLISHED.first_day}'",
    "cut_off": "SELECT c.id FROM periods_cutoff c JOIN periods_period p ON p.id = c.period_id"
    f" WHERE p.first_day = '{THIS_MONTH.first_day}' ORDER BY c.id LIMIT 1",
    "case": "SELECT id FROM approvals_case WHERE state = 'open' AND kind = 'headcount' ORDER BY id LIMIT 1",
    "own_case": "SELECT id FROM approvals_case WHERE state = 'open' AND kind = 'request' ORDER BY id LIMIT 1",
    "company_run": "SELECT id FROM jobs_jobrun WHERE kind = 'demo.build_company' ORDER BY id LIMIT 1",
    "draft_report": "SELECT id FROM forecasts_situationreport WHERE state = 'draft' ORDER BY id DESC LIMIT 1",
    "issued_report": "SELECT id FROM forecasts_situationreport WHERE state = 'issued' ORDER BY id DESC LIMIT 1",
    "warned": WARNED.format("department_id"),
    "warned_kpi": WARNED.format("kpi_key"),
    "approved": "SELECT id FROM assessments_scheme WHERE state = 'approved' ORDER BY version DESC LIMIT 1",
    "draft": "SELECT id FROM assessments_scheme WHERE state = 'draft' ORDER BY version DESC LIMIT 1",
    "card": "SELECT id FROM assessments_scorecard WHERE scheme_id = {draft} ORDER BY id LIMIT 1",
    "indicator": "SELECT id FROM assessments_indicator WHERE scorecard_id = {card} ORDER BY id LIMIT 1",
    "reporting": "SELECT d.id FROM departments_department d WHERE d.code = 'SRV'",
    "scored": "SELECT s.department_id FROM assessments_score s JOIN assessments_scorerun r ON r.id = s.run_id"
    f" WHERE r.month = '{IN_WORK.first_day}' AND s.total IS NOT NULL ORDER BY s.id LIMIT 1",
    "person": "SELECT p.person_id FROM assessments_personscore p JOIN assessments_scorerun r ON r.id = p.run_id"
    f" WHERE r.month = '{PUBLISHED.first_day}' AND p.role = 'member' AND p.total IS NOT NULL ORDER BY p.id LIMIT 1",
    "reward": "SELECT id FROM assessments_reward WHERE source = 'rule' AND state = 'approved' ORDER BY id DESC LIMIT 1",
    "deed": "SELECT id FROM assessments_reward WHERE source = 'spot' AND state = 'approved' ORDER BY id LIMIT 1",
    "veto": "SELECT id FROM assessments_adjustment WHERE kind = 'veto' ORDER BY id LIMIT 1",
    "appeal": "SELECT id FROM assessments_appeal ORDER BY id LIMIT 1",
    "appealed": "SELECT department_id FROM assessments_appeal ORDER BY id LIMIT 1",
    "nomination": "SELECT id FROM assessments_nomination WHERE state = 'proposed' ORDER BY id DESC LIMIT 1",
    "plan": "SELECT id FROM assessments_improvementplan ORDER BY id LIMIT 1",
    "rehearsal": "SELECT id FROM assessments_rehearsal ORDER BY id LIMIT 1",
}
"""Each may name those before it."""


def visits() -> list[tuple[str, str]]:
    """(role, address) of every page."""
    found = [*ERRORS, *((role, path) for role, paths in PAGES.items() for path in paths.split())]
    for prefix, of_roles in UNDER.items():
        found += [(role, prefix + path.removeprefix("/")) for role, paths in of_roles.items() for path in paths.split()]
    return found


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
