"""What somebody may try with ids that are not theirs: in filters, in search, in exports, in the bodies of writes (R16)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.urls import reverse

from apps.assessments.models import ScoreRun
from apps.kpis.models import KpiValue
from tests.access.asking import LIMITED, Asker, status_of, text_of
from tests.access.matrix import expectations
from tests.access.routes import Route, all_routes, is_third_party
from tests.access.things import THINGS
from tests.access.world import MARKS, OTHER, OWN, World

READERS = ("manager", "employee")
WRITERS = ("manager", "employee", "finance", "auditor", "gm", "administrator", "hr", "coo", "integration")
MISSING = "987654321"
"""An id that no row has."""

ORGANISATION = ("departments.Department", "departments.DepartmentVersion", "departments.DepartmentAlias", "staff.Person",
                "staff.Employment", "staff.Appointment", "staff.Movement", "staff.HeadcountPlan")  # fmt: skip
GOVERNANCE = ("accounts.User", "accounts.RoleGrant")
CALENDAR = ("periods.Period", "periods.CutOff", "periods.CutOffRule", "periods.CalendarDay")
FIGURES = ("kpis.Kpi", "kpis.KpiVersion", "kpis.KpiTarget", "kpis.KpiSeries", "kpis.KpiValue", "kpis.KpiMonth",
           "kpis.KpiBaseline")  # fmt: skip
SCHEMES = ("assessments.Scheme", "assessments.Scorecard", "assessments.AssessedDepartment", "assessments.Indicator")
SCORES = ("assessments.ScoreRun", "assessments.Score", "assessments.AssessedMonth", "assessments.Publication")
PAY = ("assessments.PersonScore", "assessments.PayBase", "assessments.Reward", "assessments.Appraisal",
       "assessments.ImprovementPlan", "assessments.Nomination")  # fmt: skip
OTHERS = ("imports.ImportRun", "files.Attachment", "jobs.JobRun")
REHEARSED = ("assessments.Rehearsal", "assessments.RehearsedScore")
FORECASTS = ("forecasts.ForecastIssue", "forecasts.ForecastMonth", "forecasts.HorizonAccuracy",
             "forecasts.PeriodAccuracy")  # fmt: skip
JUDGEMENTS = ("forecasts.Override", "forecasts.Scenario")
REPORTS = ("forecasts.SituationReport", "forecasts.ReportReader")
KEPT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("manager", "employee", "auditor", "gm"),
        ORGANISATION + GOVERNANCE + CALENDAR + FIGURES + SCHEMES + SCORES + OTHERS + REHEARSED,
    ),
    "finance": ORGANISATION + GOVERNANCE + CALENDAR + FIGURES[:3] + SCHEMES + SCORES + OTHERS + REHEARSED,
    "administrator": (*ORGANISATION, *FIGURES, *SCHEMES, *SCORES, *REHEARSED, "imports.ImportRun"),
    "hr": GOVERNANCE + CALENDAR + FIGURES + SCORES[1:2],
    "coo": (
        *GOVERNANCE,
        *SCHEMES,
        *SCORES[1:],
        "staff.Person",
        "staff.Employment",
        "staff.Appointment",
        "staff.Movement",
    ),
    "integration": GOVERNANCE + CALENDAR + SCHEMES + SCORES + REHEARSED,
}
"""Tables that no request of a role may change, whatever it sends."""
for role_of_none in ("employee", "finance", "auditor", "administrator", "integration"):
    KEPT[role_of_none] += PAY
KEPT |= {"manager": KEPT["manager"] + PAY[:2], "gm": KEPT["gm"] + PAY[:2], "coo": KEPT["coo"] + PAY[:2]}
for role_that_tells_nothing in ("employee", "finance", "auditor", "administrator", "integration", "hr", "gm"):
    KEPT[role_that_tells_nothing] += FORECASTS + JUDGEMENTS
KEPT |= {"manager": KEPT["manager"] + FORECASTS, "coo": KEPT["coo"] + FORECASTS}
for role_without_reports in set(KEPT) - {"coo"}:
    KEPT[role_without_reports] += REPORTS
for role_that_lifts_nothing in set(KEPT) - {"coo", "gm"}:
    KEPT[role_that_lifts_nothing] += ("assessments.Lifting",)
IDENTITY = ("departments.Department", "staff.Person", "staff.Employment", "accounts.User")
"""Tables whose rows keep their id and the moment they were made, whoever writes."""
OWN_ACTS = {
    "imports:cancel": "imports.ImportRun",
    "api:import-cancel": "imports.ImportRun",
    "api:score-run-recompute": "jobs.JobRun",
}
"""What a request about one's own thing may change: giving up an own import, having a month worked out anew."""
TAKES_BACK = {"staff:cancel", "api:movement-cancel"}
"""Taking a movement back removes what it made, by those who may: there the rows are allowed to go."""


def foreign_queries(world: World) -> Iterator[tuple[str, str, str]]:
    """(name, value of somebody else's thing, value that nothing has) for every filter that could lead elsewhere."""
    department, person = world.departments[OTHER], world.people[OTHER]
    for name in ("department", "departments", "parent", "branch", "unit", "from_department", "to_department"):
        yield name, str(department.pk), MISSING
    for name in ("person", "people", "user", "owner", "started_by", "submitted_by"):
        yield name, str(person.pk), MISSING
    for name in ("q", "search", "number"):
        yield name, person.number, "P99999"
    for name in ("q", "code"):
        yield name, department.code, "D99999"
    yield from foreign_figures(world)
    score = ScoreRun.objects.get(state="published").scores.get(department=department)
    yield from ((name, str(score.pk), MISSING) for name in ("score", "line", "with"))
    for name in ("csv", "xlsx", "json"):
        yield "export", name, name


def foreign_figures(world: World) -> Iterator[tuple[str, str, str]]:
    """The same for filters of KPIs."""
    kpi = world.kpis[OTHER]
    yield from ((name, str(kpi.pk), MISSING) for name in ("kpi", "kpis", "indicator"))
    yield from ((name, kpi.code, "NOBODYS") for name in ("q", "code", "search"))
    yield from ((name, f"kept-{OTHER}", "kept-nowhere") for name in ("family", "tag"))


def reads() -> list[Route]:
    """Every page and API route of ours that answers GET."""
    return [route for route in all_routes() if "GET" in route.methods and not is_third_party(route)]


def writes() -> list[tuple[Route, str]]:
    """Every route of ours with each method that writes."""
    return [
        (route, method)
        for route in all_routes()
        if not is_third_party(route)
        for method in route.methods
        if method != "GET" and (route.name, method) in expectations()
    ]


def reading_faults(asker: Asker, route: Route, role: str) -> list[str]:
    """Filters, search and exports through which a role learns of what lies elsewhere."""
    expected = expectations()[route.name, "GET"]
    if expected.tells or expected.status(role, 0) != "200":
        return []
    faults = []
    for name, theirs, nobodys in foreign_queries(asker.world):
        answers = []
        for value in (theirs, nobodys):
            status, text = sent(asker, route, "GET", role, {"data": {name: value}})
            answers.append(status)
            if status.startswith("5"):
                faults.append(f"{role} ?{name}={value}: {status}")
            faults += [f"{role} ?{name}: names what lies {hidden}" for hidden in LIMITED[role] if MARKS[hidden] in text]
        if answers[0] != answers[1]:
            faults.append(f"{role} ?{name}: {answers[0]} for somebody else's, {answers[1]} for nobody's")
    return faults


def sent(asker: Asker, route: Route, method: str, role: str, body: dict[str, Any]) -> tuple[str, str]:
    """Status and text of one request about one's own thing, undone afterwards."""
    asker.show_session(role)
    of = expectations()[route.name, method].of
    with transaction.atomic():
        given = THINGS[of][1](asker.world, asker.world.users[role], OWN)
        response = getattr(asker.clients[role], method.lower())(reverse(route.name, kwargs=given), **body)
        answer = status_of(response), text_of(response)
        transaction.set_rollback(True)
    return answer


def hostile_body(world: World) -> dict[str, Any]:
    """Every field of every table at once, pointing to what is somebody else's, claiming what one would like to have."""
    body: dict[str, Any] = {}
    for model in apps.get_models():
        if model._meta.app_label not in settings.HOUSE_APPS or hasattr(model, "pgh_tracked_model"):
            continue
        for field in model._meta.concrete_fields:
            for name in {field.name, field.attname}:
                body[name] = hostile_value(field, world)
    return {
        **body, "into": world.departments[OTHER].pk, "roles": "administrator", "role": "administrator", "is_superuser": "1",
        "on": "2026-12-01", "reason": "because", "version": 1, "ruling": "approve", "csrfmiddlewaretoken": "any",
        **hostile_figures(world), **hostile_rules(world),
    }  # fmt: skip


def hostile_figures(world: World) -> dict[str, Any]:
    """KPI values, decisions and targets of somebody else, as rows of the API and as fields of the pages."""
    kpi, department = world.kpis[OTHER], world.departments[OTHER]
    row = {"kpi": kpi.pk, "department": department.pk, "month": "2026-11", "value": "1"}
    values = KpiValue.objects.filter(series__kpi=kpi)
    return {
        "rows": [row, {**row, "kpi": kpi.code, "department": department.code}],
        "ids": list(values.values_list("pk", flat=True)), "act": "approve", "mode": "good_rows", "month": "2026-11",
        "department": department.pk, "kpi": kpi.pk, f"value-{kpi.pk}": "1", "first": "2026-11-01", "target": "1",
        "retired_from": "2026-11", "valid_from": "2026-11",
    }  # fmt: skip


def hostile_rules(world: World) -> dict[str, Any]:
    """A scheme, its departments and indicators, acts on months: as the API takes them and as the pages do."""
    kpi, department = world.kpis[OTHER], world.departments[OTHER]
    line = {"kpi": kpi.pk, "method": "ratio", "weight": "100", "params": {"cap": "9"}}
    card = {"name": "Taken over", "departments": [{"department": department.pk}], "indicators": [line]}
    return {
        "first_month": "2027-01", "scorecards": [card], "grades": [{"grade": "A", "min": "0"}], "min_coverage": "0",
        "min_total": "0", "max_total": "999", "basis": "1", "pick": [department.pk], "branch": department.pk,
        "difficulty": "9", "method": "ratio", "weight": "100", "missing": "zero", "target_policy": "period_end",
        "param_direction": "higher", "param_cap": "9", "grades-0-grade": "A", "grades-0-min": "0",
    }  # fmt: skip


def hostile_value(field: "models.Field[Any, Any]", world: World) -> Any:
    """A value somebody would like this field to have."""
    related = field.related_model
    if isinstance(related, type):
        owners = {"Department": world.departments[OTHER], "Person": world.people[OTHER], "Kpi": world.kpis[OTHER]}
        return getattr(owners.get(related.__name__, world.stranger), "pk", 1)
    if field.choices:
        return list(field.flatchoices)[-1][0]
    values = {
        "BooleanField": "true",
        "DateField": "2026-12-01",
        "DateTimeField": "2027-01-01T00:00",
        "TimeField": "12:00",
    }
    return values.get(field.get_internal_type(), "1" if "Integer" in field.get_internal_type() else "Taken over")


def writing_faults(asker: Asker, route: Route, method: str, role: str) -> list[str]:
    """What a role could change or learn by sending the hostile body."""
    asker.show_session(role)
    of = expectations()[route.name, method].of
    faults = []
    with transaction.atomic():
        given = THINGS[of][1](asker.world, asker.world.users[role], OWN)
        own_act, mine = OWN_ACTS.get(route.name, ""), set(given.values())
        before, kept = snapshot(KEPT[role], own_act, mine), identities()
        newest = newest_of(own_act)
        body = hostile_body(asker.world)
        extra: dict[str, Any] = {"content_type": "application/json"} if route.is_api else {}
        response = asker.clients[role].__getattribute__(method.lower())(
            reverse(route.name, kwargs=given), body, **extra
        )
        status, text = status_of(response), text_of(response)
        after = snapshot(KEPT[role], own_act, mine, newest)
        if status.startswith("5"):
            faults.append(f"{role}: {status}")
        faults += [f"{role}: changed {label}" for label in before if before[label] != after[label]]
        faults += [
            f"{role}: gave {label} another identity"
            for label, rows in identities().items()
            if not kept[label] <= rows and route.name not in TAKES_BACK
        ]
        faults += [f"{role}: names what lies {hidden}" for hidden in LIMITED.get(role, ()) if MARKS[hidden] in text]
        transaction.set_rollback(True)
    return faults


def snapshot(
    labels: tuple[str, ...], own_act: str = "", mine: Iterable[Any] = (), newest: int | None = None
) -> dict[str, str]:
    """A digest of each table; of OWN_ACT without the rows in MINE and what is newer than NEWEST."""
    digests = {}
    with connection.cursor() as cursor:
        for label in labels:
            table = connection.ops.quote_name(apps.get_model(label)._meta.db_table)
            left_out, last = ([str(one) for one in mine], newest) if label == own_act else ([], None)
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY id), '')) FROM {table} t"
                " WHERE id::text <> ALL(%s) AND (%s::bigint IS NULL OR id <= %s)",
                [left_out, last, last],
            )
            digests[label] = cursor.fetchone()[0]
    return digests


def newest_of(label: str) -> int | None:
    """The greatest id of a table; None without a table or rows."""
    return apps.get_model(label).objects.order_by("-pk").values_list("pk", flat=True).first() if label else None


def identities() -> dict[str, set[Any]]:
    """Ids and moments of making of the rows that must keep them."""
    return {label: set(apps.get_model(label).objects.values_list("pk", "created_at")) for label in IDENTITY}
