"""What a manager may send: for each write whose address or body names a thing, a request that is right but for the id (R16).

Sent with the id of an own thing it is accepted, so whatever refuses it with a foreign id is the look-up of that id.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pgtrigger

from apps.accounts.models import User
from apps.approvals.models import Case
from apps.approvals.services import AskFor
from apps.approvals.tests.factories import make_case
from apps.assessments.models import Adjustment, Appeal, ImprovementPlan, Indicator, Scheme, ScoreRun
from apps.assessments.tests.factories import STAFF_RULES, person_score
from apps.imports.models import ImportMapping, ImportRun
from apps.kpis.models import Kpi, KpiValue
from apps.staff.models import Person
from tests.access.things import THINGS, made_appeal
from tests.access.world import NOW, OTHER, OWN, PUBLISHED, World

MISSING_ID = 987654321
"""An id that no row has."""
MISSING = "missing"
ROLE = "manager"
PLACES = (OWN, OTHER, MISSING)
CURRENT, AHEAD = "2026-11", "2026-12"
WHY = "A customer moved the order."


@dataclass(frozen=True)
class Aim:
    """Whose id is sent: of the own branch, of another, of nobody."""

    world: World
    user: User
    place: str

    @property
    def nearest(self) -> str:
        """Where the thing is taken from; one that is nobody's is drawn from an own one."""
        return OWN if self.place == MISSING else self.place

    def id_of(self, found: Mapping[str, Any]) -> int:
        """The id of a row of the world by places."""
        return MISSING_ID if self.place == MISSING else int(found[self.place].pk)

    def key(self, pk: int) -> int:
        """An id, or nobody's."""
        return MISSING_ID if self.place == MISSING else pk

    @property
    def department(self) -> int:
        return self.id_of(self.world.departments)

    @property
    def person(self) -> int:
        return self.id_of(self.world.people)

    @property
    def number(self) -> str:
        """The staff number of the person."""
        return "P99999" if self.place == MISSING else self.world.people[self.place].number

    @property
    def account(self) -> int:
        """The own account, somebody else's."""
        return self.key((self.world.stranger if self.place == OTHER else self.user).pk)

    @property
    def kpi(self) -> int:
        return self.id_of(self.world.kpis)

    @property
    def free_kpi(self) -> int:
        """The KPI of the place whose values need no approval."""
        return self.key(Kpi.objects.get(code=f"FREE-{self.nearest}").pk)

    @property
    def waiting(self) -> int:
        """A KPI value that waits for approval."""
        return self.key(KpiValue.objects.filter(series__kpi=self.world.kpis[self.nearest]).latest("pk").pk)

    @property
    def mine(self) -> "Aim":
        """The same with an own id: for a request in which only one of several ids is somebody else's."""
        return replace(self, place=OWN)

    @property
    def events(self) -> int:
        """The indicator that counts events; the same for all departments."""
        return int(Indicator.objects.get(scheme__state="approved", code="EVENTS").pk)


Place = dict[str, Any]
Body = dict[str, Any]


@dataclass(frozen=True)
class Send:
    """One request. MAKE gives the parts of its address, what it says, and what stands behind the question mark."""

    route: str
    make: Callable[[Aim], tuple[Place, Body]]
    what: str = ""
    """Which id it is, where a route takes several."""
    method: str = "POST"
    query: Callable[[Aim], str] = field(default=lambda aim: "")

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.method, self.route, self.what)))


def at(thing: str, body: Body | None = None, *, ids: tuple[str, ...] = ("pk",)) -> Callable[[Aim], tuple[Place, Body]]:
    """A thing named in the address by the parts IDS; BODY is said of it."""

    def make(aim: Aim) -> tuple[Place, Body]:
        path = THINGS[thing][1](aim.world, aim.user, aim.nearest)
        return {name: aim.key(value) if name in ids else value for name, value in path.items()}, dict(body or {})

    return make


def inside(body: Callable[[Aim], Body], **path: Any) -> Callable[[Aim], tuple[Place, Body]]:
    """A thing named in the body."""
    return lambda aim: (path, body(aim))


def of_import(state: str, body: Body | None = None) -> Callable[[Aim], tuple[Place, Body]]:
    """An import of KPI values in a state: one's own, or somebody else's."""

    def make(aim: Aim) -> tuple[Place, Body]:
        person = aim.world.stranger if aim.place == OTHER else aim.user
        ImportRun.objects.filter(pk=aim.world.import_run.pk).update(
            target="kpis.values", state=state, started_by=person, handled_by=person, row_count=1, is_rehearsed=True,
        )  # fmt: skip
        return {"pk": aim.key(aim.world.import_run.pk)}, dict(body or {})

    return make


def case_asked(aim: Aim, *, is_mine: bool) -> Case:
    """A case that waits: sent by whoever asks or for them to rule on; elsewhere neither."""
    other = aim.world.users["coo"]
    asked = aim.user if not is_mine and aim.place != OTHER else aim.world.users["gm"]
    sender = aim.user if is_mine and aim.place != OTHER else other
    return make_case(title="Asked here", subject_ref="world/asked", submitted_by=sender, steps=(AskFor(user=asked),))


def ruling(aim: Aim, *, is_page: bool) -> tuple[Place, Body]:
    """Somebody asks the manager: their step, somebody else's, none."""
    case = case_asked(aim, is_mine=False)
    step, said = aim.key(case.steps.get().pk), {"ruling": "approve", "version": case.version, "reason": WHY}
    path = {"pk": aim.key(case.pk), "step_pk": step} if is_page else {"pk": aim.key(case.pk)}
    return path, said if is_page else {**said, "step": step}


def withdrawal(aim: Aim) -> tuple[Place, Body]:
    """A case the manager sent."""
    case = case_asked(aim, is_mine=True)
    return {"pk": aim.key(case.pk)}, {"reason": WHY, "version": case.version}


def ruled_appeal(aim: Aim) -> tuple[Place, Body]:
    """An appeal that was dismissed, against the score of the department."""
    path = THINGS["appeal"][1](aim.world, aim.user, aim.nearest)
    Appeal.objects.filter(pk=path["pk"]).update(
        state="dismissed", ruled_at=NOW, ruling=WHY, reviewer=aim.world.users["hr"]
    )
    return {"pk": aim.key(path["pk"])}, {"reason": WHY}


def running_plan(aim: Aim) -> tuple[Place, Body]:
    """An improvement plan that the manager owns; elsewhere somebody else does."""
    path = THINGS["improvement plan"][1](aim.world, aim.user, aim.nearest)
    if aim.place != OTHER:
        with pgtrigger.ignore("assessments.ImprovementPlan:keep_started"):
            ImprovementPlan.objects.filter(pk=path["pk"]).update(owner=aim.user)
    return {"pk": aim.key(path["pk"])}, {"note": WHY}


def claim(aim: Aim) -> tuple[Place, Body]:
    """Something the manager proposed; elsewhere somebody else did."""
    path = THINGS["adjustment"][1](aim.world, aim.user, aim.nearest)
    if aim.place != OTHER:
        Adjustment.objects.filter(pk=path["pk"]).update(proposed_by=aim.user)
    return {"pk": aim.key(path["pk"])}, {}


def filed_appeal(aim: Aim) -> tuple[Place, Body]:
    """An appeal the manager filed; elsewhere somebody else did."""
    return {"pk": aim.key(made_appeal(aim.world, aim.nearest).pk)}, {"reason": WHY}


def own_score(aim: Aim) -> tuple[Place, Body]:
    """The manager's own published score; somebody's elsewhere."""
    person = aim.world.people[OTHER] if aim.place == OTHER else Person.objects.get(user=aim.user)
    if aim.place != OTHER:
        person_score(ScoreRun.objects.get(state="published"), person, aim.world.departments[OWN])
    return {"month": PUBLISHED, "person": aim.key(person.pk)}, {"reason": WHY}


def mapping(aim: Aim) -> tuple[Place, Body]:
    """A saved mapping of files the manager may import; elsewhere of files of people."""
    target = "staff.people" if aim.place == OTHER else "kpis.values"
    row = ImportMapping.objects.create(target=target, name="Kept", rules={}, saved_by=aim.world.users["hr"])
    return {"pk": aim.key(row.pk)}, {}


def appraisal(aim: Aim, *, is_page: bool) -> tuple[Place, Body]:
    """The personal part of somebody the manager leads, in a month whose rules score people; of somebody elsewhere."""
    with pgtrigger.ignore("assessments.Scheme:keep_approved_scheme"):
        Scheme.objects.filter(state="approved").update(staff_rules=STAFF_RULES)
    if is_page:
        return {"month": CURRENT}, {f"points-{aim.person}": "80"}
    return {}, {"month": CURRENT, "rows": [{"person": aim.person, "points": "80"}]}


def typed_value(aim: Aim) -> Body:
    """A figure of the grid, as the page sends it: with the version it was shown."""
    base = KpiValue.objects.filter(series__kpi__code=f"FREE-{aim.nearest}").latest("pk")
    return {f"value-{aim.free_kpi}": "8", f"base-{aim.free_kpi}": base.pk}


def event_said(aim: Aim) -> Body:
    """Something beside the hundred points, as the API takes it."""
    return {
        "kind": "bonus", "item": "patent", "month": PUBLISHED, "department": aim.department,
        "happened_on": "2026-09-11", "evidence": WHY, "name": "A second one",
    }  # fmt: skip


def event_typed(aim: Aim) -> Body:
    """The same as the page takes it."""
    said = event_said(aim)
    return {**{name: said[name] for name in ("department", "happened_on", "evidence", "name")}, "item": "bonus:patent"}


def deed(aim: Aim, person: Any) -> Body:
    """A reward for a deed."""
    return {
        "person": person, "happened_on": "2026-11-10", "amount": "100", "occasion": "Saved a shift", "evidence": WHY
    }  # fmt: skip


def subject(aim: Aim, **said: Any) -> Body:
    """A series of the API: the KPI of the place."""
    return {"kind": "kpi", "department": aim.department, "kpi": aim.kpi, **said}


def cell(aim: Aim) -> Body:
    """One KPI value as a row of the API."""
    return {"kpi": aim.free_kpi, "department": aim.department, "month": CURRENT, "value": "8"}


LAYOUT = {"encoding": "utf-8", "delimiter": ";", "heading_row": 1, "decimal": ",", "date_order": "dmy"}
COLUMNS = {"how_kpi": "column:0", "how_department": "column:1", "how_month": "fixed", "fixed_month": CURRENT}
COLUMNS["how_value"] = "column:0"
REPORT = {"choice": "something", "count-accident": "1", "evidence": "File 12", "seen": "0"}
KEY = {"name": "Mine", "scopes": ["dashboards.view"]}
OVERRIDE = {"month": AHEAD, "value": "6", "reason": WHY}
WHAT_IF = {"name": "A new line", "from_month": AHEAD, "level_pct": "5"}
SERIES = ("department", "kpi")

SENDS: tuple[Send, ...] = (
    # keys, sessions, notices
    Send("api:key-revoke", at("key")),
    Send("accounts:revoke_key", at("key")),
    Send("accounts:end_session", at("session")),
    Send("notifications:open", at("notification")),
    Send("notifications:end_stand_in", at("stand-in")),
    Send("accounts:issue_key", inside(lambda aim: {**KEY, "owner": aim.account, "life": "90"})),
    Send("api:key-list", inside(lambda aim: {**KEY, "owner": aim.account})),
    # files
    Send("imports:map", of_import("uploaded", COLUMNS)),
    Send("imports:layout", of_import("uploaded", LAYOUT)),
    Send("imports:remove_mapping", mapping),
    Send("imports:commit", of_import("checked", {"mode": "all_or_nothing"})),
    Send("imports:cancel", of_import("checked")),
    Send("imports:undo", of_import("committed", {"reason": WHY})),
    Send("imports:save_mapping", of_import("checked", {"name": "Mine"})),
    Send("api:import-commit", of_import("checked", {"mode": "all_or_nothing"})),
    Send("api:import-cancel", of_import("checked")),
    Send("api:import-undo", of_import("committed", {"reason": WHY})),
    # approvals
    Send("approvals:rule", partial(ruling, is_page=True)),
    Send("api:case-rule", partial(ruling, is_page=False)),
    Send("approvals:withdraw", withdrawal),
    Send("api:case-withdraw", withdrawal),
    # KPIs
    Send("kpis:entry", inside(typed_value), "department",
         query=lambda aim: f"department={aim.department}&month={CURRENT}&all="),
    Send("kpis:entry", inside(typed_value), "KPI",
         query=lambda aim: f"department={aim.mine.department}&month={CURRENT}&all="),
    Send("api:kpi-value-list", inside(lambda aim: {"rows": [cell(aim)]}), "row"),
    Send("api:kpi-value-list", inside(lambda aim: {"rows": [{**cell(aim), "kpi": aim.mine.free_kpi}]}), "department"),
    Send("api:kpi-value-list", inside(lambda aim: {"rows": [{**cell(aim), "department": aim.mine.department}]}), "KPI"),
    Send("kpis:decide", inside(lambda aim: {"act": "approve", "ids": [aim.waiting]})),
    Send("api:kpi-value-approve", inside(lambda aim: {"ids": [aim.waiting]})),
    Send("api:kpi-value-decline", inside(lambda aim: {"ids": [aim.waiting], "reason": WHY})),
    # registers of assessments
    Send("assessments:enter_line", lambda aim: (
        {"month": CURRENT, "department": aim.department, "indicator": aim.events}, REPORT
    )),
    Send("api:entry-list", inside(lambda aim: {
        "month": CURRENT, "department": aim.department, "indicator": aim.events, "content": {"accident": "1"},
        "evidence": "File 12",
    })),
    Send("assessments:withdraw_adjustment", claim),
    Send("api:adjustment-withdraw", claim),
    Send("assessments:propose", inside(event_typed), query=lambda aim: f"month={PUBLISHED}"),
    Send("api:adjustment-list", inside(event_said)),
    Send("assessments:appraise", lambda aim: appraisal(aim, is_page=True)),
    Send("api:appraisals", lambda aim: appraisal(aim, is_page=False)),
    Send("assessments:propose_spot_reward", inside(lambda aim: deed(aim, aim.number))),
    Send("api:reward-spot", inside(lambda aim: deed(aim, aim.person))),
    Send("assessments:review_plan", running_plan),
    Send("api:improvement-plan-review", running_plan),
    # appeals
    Send("assessments:file_appeal", at("score", {"indicator": "whole", "reason": WHY}, ids=("department",))),
    Send("api:appeal-list", inside(lambda aim: {"month": PUBLISHED, "department": aim.department, "reason": WHY})),
    Send("assessments:take_higher", ruled_appeal),
    Send("api:appeal-second-level", ruled_appeal),
    Send("assessments:file_person_appeal", own_score),
    Send("assessments:withdraw_appeal", filed_appeal),
    Send("api:appeal-withdraw", filed_appeal),
    # forecasts
    Send("forecasts:override", at("series", OVERRIDE, ids=SERIES)),
    Send("forecasts:take_back", at("series", {"month": AHEAD, "reason": WHY}, ids=SERIES)),
    Send("forecasts:scenario", at("series", WHAT_IF, ids=SERIES)),
    Send("forecasts:delete_scenario", at("what-if")),
    Send("api:forecast-override-list", inside(lambda aim: subject(aim, **OVERRIDE))),
    Send("api:forecast-scenario-list", inside(lambda aim: subject(aim, **WHAT_IF))),
    Send("api:forecast-scenario-detail", at("what-if"), method="DELETE"),
)  # fmt: skip

WITHOUT_IDS = {
    "account_login": "one's own account, by its password",
    "health": "takes no input",
    "ready": "takes no input",
    "api:docs": "takes no input",
    "accounts:end_sessions": "all of one's own",
    "notifications:read_all": "all of one's own",
    "notifications:preferences": "one's own, by words",
    "notifications:name_stand_in": "whoever may open cases can be named, wherever they work",
    "imports:upload": "the file is looked into by jobs; what it names is looked up in the reach of who sent it",
    "api:import-list": "the file is looked into by jobs; what it names is looked up in the reach of who sent it",
    "assessments:ratings": "who rates whom stands in the rules, by name and not by branch",
    "api:rating-list": "who rates whom stands in the rules, by name and not by branch",
}
"""Writes open to a manager in which no id could lead to another branch, and why."""
