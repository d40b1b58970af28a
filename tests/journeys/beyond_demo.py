"""What the demo company's story does not tell and a page needs to be opened: run inside the portal by `manage.py shell`.

Only what disturbs no other journey: nothing here is counted, scored or foretold.
"""

from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import User
from apps.accounts.services import issue_key
from apps.accounts.tests.factories import UserFactory
from apps.accounts.tests.test_second_factor import with_app
from apps.assessments.models import Appeal, ScoreRun
from apps.assessments.services.adjusting import Event, propose_adjustment
from apps.core import clock
from apps.core.month import Month
from apps.departments.models import Department
from apps.forecasts.services import approve_report, assemble_report
from apps.imports.models import ImportRun
from apps.imports.services.checking import map_import, save_mapping
from apps.imports.services.committing import commit_import, request_commit
from apps.imports.services.uploading import start_import
from apps.jobs.tests.factories import JobRunFactory, OutboxFactory
from apps.notifications.models import WebhookDelivery
from apps.notifications.tests.factories import StandInFactory, WebhookEndpointFactory
from apps.staff.models import Person
from apps.staff.selectors import scope_of
from ops_portal.demo.sign_ins import SIGN_INS

GUARDED_EMAIL = "guarded@brindlemoor.example"
"""Signs in with a code besides the password."""
ROWS = "Personnel no;Full name;Dept;Start date\nN-{0}1;Nora Falk;{1};2026-09-01\nN-{0}2;Piet Osman;{1};some day\n"


def add() -> None:
    """Add it all; print a line for each key that pages.py names in braces."""
    now, people = clock.now(), {one.role.value: User.objects.get(email=one.email) for one in SIGN_INS}
    made = {
        **of_platform(people, now),
        **of_accounts(people),
        **of_imports(people["hr"], now),
        **of_assessments(people, now),
        "approved_report": approved_report(people["coo"], now),
    }
    for name, value in made.items():
        print("key", name, value)


def of_platform(people: dict[str, User], now: datetime) -> dict[str, Any]:
    """A failed job, messages that were given up, a webhook with a delivery, an API key, somebody who stands in."""
    administrator = people["administrator"]
    words = "ConnectionRefusedError: the mail server did not answer within 20 seconds"
    failed = JobRunFactory(state="failed", period="beyond-demo", error=words, started_at=now, finished_at=now)
    mail = OutboxFactory(topic="notifications.mail", state="failed", error=words, attempt_count=9)
    endpoint = WebhookEndpointFactory(
        name="Planning system", owner=administrator, wanted_events=["assessments.appeal_ruled"]
    )
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, event="assessments.appeal_ruled", event_id="00000000-0000-0000-0000-000000000001",
        payload={"month": "2026-08", "ruling": "upheld"},
        message=OutboxFactory(topic="notifications.webhook", state="failed", error=words),
    )  # fmt: skip
    key, _ = issue_key(
        name="Planning system", scopes=["dashboards.view"], expires_at=now + timedelta(days=90), allowed_networks=[],
        owner=administrator, by=administrator, now=now,
    )  # fmt: skip
    today = clock.today()
    StandInFactory(
        user=people["manager"], stand_in=people["employee"], first_day=today, last_day=today + timedelta(days=9)
    )
    return {
        "failed_run": failed.pk, "message": mail.pk, "endpoint": endpoint.pk, "delivery": delivery.pk, "key": key.pk,
    }  # fmt: skip


def of_accounts(people: dict[str, User]) -> dict[str, Any]:
    """An account with a sign-in code, and the way to a new password for another."""
    guarded = UserFactory(roles=["employee"], email=GUARDED_EMAIL, name="Gwen Ashby")
    forgetful = UserFactory(roles=["employee"], email="forgetful@brindlemoor.example", name="Otto Brandt")
    secret = with_app(guarded)
    RecoveryCodes.activate(guarded)
    token = EmailAwarePasswordResetTokenGenerator().make_token(forgetful)
    return {
        "account": people["employee"].pk,
        "code_secret": secret,
        "reset": f"{user_pk_to_url_str(forgetful)}-{token}",
    }


def of_imports(by: User, now: datetime) -> dict[str, Any]:
    """A file at each of its stations: sent, looked at, brought in; a mapping that is kept."""
    sent, checked, done = (started(by, number, now) for number in (1, 2, 3))
    scope = scope_of(by, clock.today())
    for run in (checked, done):
        map_import(run=run, mapping=run.mapping, by=by, scope=scope, now=now)
        run.refresh_from_db()
    save_mapping(run=checked, name="Payroll export", by=by)
    request_commit(run=done, mode="good_rows", by=by, scope=scope, now=now)
    commit_import(run_id=done.pk, now=now)
    return {"import_sent": sent.pk, "import_checked": checked.pk, "import_done": done.pk}


def started(by: User, number: int, now: datetime) -> ImportRun:
    """A file of people that was just sent; one of its days cannot be read."""
    text = ROWS.format(number, Department.objects.get(code="PRD").name)
    upload = SimpleUploadedFile(f"new-people-{number}.csv", text.encode())
    return start_import(target="staff.people", upload=upload, by=by, scope=scope_of(by, clock.today()), now=now)


def of_assessments(people: dict[str, User], now: datetime) -> dict[str, Any]:
    """A claim that waits, and appeals before, with and after their reviewer."""
    month = Month.of(clock.today()).plus(-1)
    department = Department.objects.get(code="MKT")
    event = Event(
        kind="bonus", code="patent", month=month, department=department, evidence="Letter of the patent office",
        happened_on=date(month.year, month.number, 12),
    )  # fmt: skip
    hr, coo, manager = people["hr"], people["coo"], people["manager"]
    claim = propose_adjustment(event=event, scope=scope_of(hr, clock.today()), by=hr, now=now)
    run = ScoreRun.objects.get(month=month.plus(-1).first_day, state="published")
    led = Department.objects.get(code="SAL")
    about = {"run": run, "filed_by": manager, "filed_at": now, "due_at": now + timedelta(days=5)}
    words = {"reason": "The fair in May was moved to June.", "wish": "Count what was sold there."}
    filed = Appeal.objects.create(department=led, **about, **words)
    reviewing = Appeal.objects.create(
        department=department, state="reviewing", reviewer=coo, admitted_by=hr, admitted_at=now, **about, **words
    )
    own = Person.objects.get(user=people["employee"])
    return {"claim": claim.pk, "filed_appeal": filed.pk, "reviewed_appeal": reviewing.pk, "own_person": own.pk}


def approved_report(by: User, now: datetime) -> int:
    """A report that is approved and not issued yet, of a month whose reports lie before the story's."""
    month = Month.of(clock.today()).plus(-13)
    return approve_report(report=assemble_report(month=month, by=by, now=now).report, by=by, now=now).pk
