"""For every task there is: something for it to do. A task without a scenario fails the drill by name."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import User
from apps.approvals.choices import Ask, CaseKind
from apps.approvals.services import AskFor, open_case
from apps.assessments.models import AssessedMonth
from apps.assessments.services import (
    FINISH_KIND,
    FOLLOW_KIND,
    NOTICE_TOPIC,
    PROVE_KIND,
    REMIND_KIND,
    request_month,
    request_rehearsal,
)
from apps.core import clock
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments.services import create_department, rename_department
from apps.forecasts.services import (
    ASSEMBLE_KIND,
    ISSUE_KIND,
    ISSUED_TOPIC,
    REPORT_TOPIC,
    approve_report,
    assemble_report,
    issue_month,
    issue_report,
    request_issue,
)
from apps.imports.models import ImportRun
from apps.imports.services.checking import map_import
from apps.imports.services.committing import request_commit, request_undo
from apps.imports.services.uploading import start_import
from apps.jobs.choices import JobState
from apps.jobs.models import IdempotencyKey, JobRun, Outbox
from apps.jobs.services import emit, enqueue, work
from apps.jobs.services.failing import tell_failed
from apps.kpis.models import Kpi, KpiMonth, KpiStale, KpiVersion
from apps.kpis.services import Aim, Definition, change_definition, set_target
from apps.notifications.services import add_endpoint, emit_webhook, notify
from apps.staff.services import Place, hire_person, leave_person, link_account
from ops_portal.demo.building import ask_for_company
from ops_portal.drills import probes
from ops_portal.drills.assessed import published_month, ruled_company
from ops_portal.drills.figures import kpi_with_figures, numbers, someone

Kwargs = dict[str, Any]
PROBES = ("drill.whole", "drill.stepped", "drill.sharded")


def asked(kind: str, *, period: str = "", **params: Any) -> Kwargs:
    """What wakes a worker for a new run of KIND."""
    run = enqueue(kind=kind, period=period or f"p{next(numbers)}", params=params, by=None, now=clock.now())
    return {"run_id": run.pk}


def forget_old() -> Kwargs:
    """An answer three days old, and a young one."""
    user = someone("employee")
    for key, age in (("old", 3), ("young", 0)):
        row = IdempotencyKey.objects.create(user=user, key=key, digest="", status=201, body=None)
        IdempotencyKey.objects.filter(pk=row.pk).update(created_at=clock.now() - timedelta(days=age))
    return asked("jobs.forget_old")


def tell_failed_job() -> Kwargs:
    """A job somebody asked for has failed."""
    run = enqueue(kind="drill.whole", period=f"p{next(numbers)}", by=someone("employee"), now=clock.now())
    JobRun.objects.filter(pk=run.pk).update(state=JobState.FAILED, error="It was cut off.")
    tell_failed([run.pk])
    return {"outbox_id": Outbox.objects.get(topic="notifications.failed_job").pk}


def send_digests() -> Kwargs:
    """Three people with something to read."""
    people = [someone("employee") for _ in range(3)]
    notify(users=people, kind="imports.done", subject="An import is done", key=f"k{next(numbers)}", now=clock.now())
    return asked("notifications.send_digests")


def send_mail() -> Kwargs:
    """A mail that waits."""
    notify(users=[someone("employee")], kind="approvals.waiting", subject="Waits", key="k", now=clock.now())
    return {"outbox_id": Outbox.objects.get(topic="notifications.mail").pk}


def call_webhook(port: int) -> Kwargs:
    """An event that waits for its receiver."""
    owner = someone("administrator")
    url = f"http://localhost:{port}/"
    add_endpoint(name="drill", url=url, events=["*"], owner=owner, by=owner, now=clock.now())
    emit_webhook(event="staff.hired", key=f"k{next(numbers)}", payload={"person": 1}, now=clock.now())
    return {"outbox_id": Outbox.objects.get(topic="notifications.webhook").pk}


def remind_and_climb() -> Kwargs:
    """A case whose first step is long overdue."""
    someone("coo")
    someone("gm")
    open_case(
        kind=CaseKind.REQUEST,
        title="Night shift",
        subject_ref="drill.subject/1",
        brief={"summary": "Two more people for the night shift."},
        steps=(AskFor(Ask.DECIDE, role="coo", climb_role="gm", working_days=1),),
        submitted_by=someone("manager"),
        now=clock.now() - timedelta(days=30),
    )
    return asked("approvals.remind_and_climb")


def company_scope(user: User) -> Scope:
    """The scope of someone who sees the company and may import."""
    may = frozenset({"imports.run", "departments.manage", "departments.view"})
    return Scope(user_id=user.pk, reach=Reach.COMPANY, capabilities=may)


def uploaded() -> tuple[ImportRun, User]:
    """Three departments in a file, uploaded and matched."""
    user = someone("hr")
    text = f"Code,Name,From\nD1,One,{date(2026, 1, 1)}\nD2,Two,{date(2026, 1, 1)}\nD3,Three,{date(2026, 1, 1)}\n"
    upload = SimpleUploadedFile("departments.csv", io.BytesIO(text.encode()).read(), content_type="text/csv")
    run = start_import(
        target="departments.departments", upload=upload, by=user, scope=company_scope(user), now=clock.now()
    )
    return run, user


def matched() -> tuple[ImportRun, User]:
    """The same, its columns matched and its rows checked."""
    run, user = uploaded()
    return map_import(run=run, mapping=run.mapping, by=user, scope=company_scope(user), now=clock.now()), user


def check_import() -> Kwargs:
    """A file whose rows are to be judged."""
    run, _user = matched()
    ImportRun.objects.filter(pk=run.pk).update(state="checking")
    return asked("imports.check_import", period=str(run.pk))


def commit_import() -> Kwargs:
    """A checked file that is to be written."""
    run, user = matched()
    run = request_commit(run=run, mode="all_or_nothing", by=user, scope=company_scope(user), now=clock.now())
    return {"run_id": run.job_id}


def undo_import() -> Kwargs:
    """A written file that is to be taken back."""
    work(run_id=commit_import()["run_id"])
    run = ImportRun.objects.select_related("handled_by").latest("pk")
    user = run.handled_by
    run = request_undo(run=run, reason="A drill.", by=user, scope=company_scope(user), now=clock.now())
    return {"run_id": run.job_id}


def work_shard() -> Kwargs:
    """The first shard of a run."""
    run = work(run_id=asked("drill.sharded", seconds=0.05)["run_id"])
    if run is None:
        message = "The run was not cut into shards."
        raise RuntimeError(message)
    return {"shard_id": run.shards.order_by("number").values_list("pk", flat=True)[0]}


def sweep() -> Kwargs:
    """Runs and messages that were never sent."""
    for _ in range(3):
        asked("drill.whole")
    emit(topic=probes.TOPIC, key=f"k{next(numbers)}", payload={})
    return {}


def open_due() -> Kwargs:
    """Nothing is there yet: everything of the calendar is due."""
    JobRun.objects.all().delete()
    return {}


def refresh_names() -> Kwargs:
    """A department that was to be called otherwise from today on, as planned five days ago."""
    by, before = someone("hr"), clock.now() - timedelta(days=5)
    made = create_department(code="D1", name="One", parent=None, on=date(2026, 1, 1), reason="", by=by, now=before)
    rename_department(department=made, name="Other", on=clock.today(), reason="", by=by, now=before)
    return asked("departments.refresh_names")


def close_accounts() -> Kwargs:
    """Somebody with an account, whose last day was a week ago."""
    by, leaver, now = someone("hr"), someone("employee"), clock.now()
    one = create_department(code="D1", name="One", parent=None, on=date(2026, 1, 1), reason="", by=by, now=now)
    day = clock.today() - timedelta(days=60)
    person = hire_person(number="P1", name="Leaver", place=Place(department=one), hired_on=day, by=by, now=now)
    person = link_account(person=person, user=leaver, by=by)
    leave_person(person=person, last_day=day + timedelta(days=53), leave_kind="voluntary", by=by, now=now)
    return asked("staff.close_accounts")


def refresh_months() -> Kwargs:
    """Months of an indicator that a large load left behind."""
    kpi, _by = kpi_with_figures()
    months = KpiMonth.objects.filter(kpi=kpi)
    first, last = months.order_by("month")[0].month, months.order_by("-month")[0].month
    months.delete()
    KpiStale.objects.create(kpi=kpi, first_month=first, last_month=last, noted_at=clock.now())
    return asked("kpis.refresh_months")


def point_to_today() -> Kwargs:
    """An indicator that shows a definition of yesterday."""
    kpi, by = kpi_with_figures()
    definition = Definition(name="Sold and paid", direction="higher")
    first = clock.today().replace(day=1)
    change_definition(kpi=kpi, definition=definition, valid_from=first, reason="A drill.", by=by, now=clock.now())
    former = KpiVersion.objects.filter(kpi=kpi).order_by("valid")[0]
    Kpi.objects.filter(pk=kpi.pk).update(definition=former, name=former.name)
    return asked("kpis.point_to_today")


def compute_scores() -> Kwargs:
    """A month whose rules and figures are there, and no scores yet."""
    firm = ruled_company()
    return {"run_id": request_month(month=firm.month, by=firm.hr, now=clock.now()).pk}


def tell_published() -> Kwargs:
    """A month that was published, of which nobody was told yet."""
    published_month(ruled_company())
    return {"outbox_id": Outbox.objects.get(topic=NOTICE_TOPIC).pk}


def propose_consequences() -> Kwargs:
    """A month that was published with the lowest grade, of which nothing was proposed yet."""
    firm = ruled_company()
    out_of_reach = Aim(Decimal(10**9))
    month, now = firm.month.first_day, clock.now()
    set_target(kpi=firm.kpi, department=None, aim=out_of_reach, first=month, until=None, by=None, now=now)
    published_month(firm)
    return {"run_id": JobRun.objects.get(kind=FOLLOW_KIND).pk}


def prove_published() -> Kwargs:
    """A published month that is no longer shown, of which people must be told."""
    published_month(ruled_company())
    AssessedMonth.objects.update(published=None)
    return asked(PROVE_KIND)


def finish_months() -> Kwargs:
    """A published month whose window for appeals is over."""
    published_month(ruled_company())
    AssessedMonth.objects.update(appeals_until=clock.now() - timedelta(days=1))
    return asked(FINISH_KIND)


def rehearse() -> Kwargs:
    """Rules that are to be tried on a published month."""
    firm = ruled_company()
    run = published_month(firm).run
    return {"run_id": request_rehearsal(scheme=run.scheme, by=firm.hr, now=clock.now()).job_id}


def remind_of_months() -> Kwargs:
    """Months that should have been published long ago."""
    ruled_company()
    return asked(REMIND_KIND)


def issue_forecast() -> Kwargs:
    """The month before has figures and no forecast yet."""
    _kpi, by = kpi_with_figures()
    month = Month.of(clock.today()).plus(-1)
    return {"run_id": request_issue(month=month, by=by, now=clock.now()).pk}


def tell_forecast() -> Kwargs:
    """A forecast that was issued, of which no other system was told yet."""
    _kpi, by = kpi_with_figures()
    add_endpoint(name="drill", url="http://localhost:9/", events=["*"], owner=by, by=by, now=clock.now())
    issue_month(month=Month.of(clock.today()).plus(-1), by=by, now=clock.now())
    return {"outbox_id": Outbox.objects.get(topic=ISSUED_TOPIC).pk}


def assemble_report_of_month() -> Kwargs:
    """A month with figures that has no report yet."""
    kpi_with_figures()
    return asked(ASSEMBLE_KIND, period=str(Month.of(clock.today()).plus(-1)))


def tell_issued_report() -> Kwargs:
    """A report just issued to two readers."""
    coo, readers = someone("coo"), [someone("gm"), someone("hr")]
    month = Month.of(clock.today()).plus(-1)
    report = assemble_report(month=month, by=coo, now=clock.now()).report
    report = approve_report(report=report, by=coo, now=clock.now())
    issue_report(report=report, readers=readers, by=coo, now=clock.now())
    return {"outbox_id": Outbox.objects.get(topic=REPORT_TOPIC).pk}


def build_company() -> Kwargs:
    """The demo company, asked for in an empty portal."""
    run = ask_for_company(now=clock.now())
    return {"run_id": run.pk if run else 0}


def message() -> Kwargs:
    """A probe message."""
    return {"outbox_id": emit(topic=probes.TOPIC, key=f"k{next(numbers)}", payload={"seconds": 0.05}).pk}


def scenarios(port: int) -> dict[str, Callable[[], Kwargs]]:
    """Task → what prepares it and gives its arguments."""
    probe = {f"{kind}_job": lambda kind=kind: asked(kind, seconds=0.05) for kind in PROBES}
    return {
        **probe,
        "drill.message_job": message,
        "jobs.sweep_job": sweep,
        "jobs.open_due_job": open_due,
        "jobs.work_shard_job": work_shard,
        "jobs.forget_old_job": forget_old,
        "notifications.mail_job": send_mail,
        "notifications.webhook_job": lambda: call_webhook(port),
        "notifications.failed_job_job": tell_failed_job,
        "notifications.send_digests_job": send_digests,
        "periods.open_and_close_job": lambda: asked("periods.open_and_close", period=f"{clock.now():%Y-%m-%dT%H}"),
        "approvals.remind_and_climb_job": remind_and_climb,
        "imports.check_import_job": check_import,
        "imports.commit_import_job": commit_import,
        "imports.undo_import_job": undo_import,
        "departments.refresh_names_job": refresh_names,
        "staff.close_accounts_job": close_accounts,
        "kpis.refresh_months_job": refresh_months,
        "kpis.point_to_today_job": point_to_today,
        "assessments.compute_month_job": compute_scores,
        "assessments.published_job": tell_published,
        "assessments.propose_consequences_job": propose_consequences,
        "assessments.prove_published_job": prove_published,
        "assessments.finish_months_job": finish_months,
        "assessments.rehearse_job": rehearse,
        "assessments.remind_job": remind_of_months,
        f"{ISSUE_KIND}_job": issue_forecast,
        f"{ISSUED_TOPIC}_job": tell_forecast,
        "forecasts.assemble_report_job": assemble_report_of_month,
        "forecasts.report_issued_job": tell_issued_report,
        "demo.build_company_job": build_company,
    }
