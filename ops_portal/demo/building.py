"""When the demo company may be made, and the job that makes it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.services import DemoRefused
from apps.departments.models import Department
from apps.imports.models import ImportRun
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun
from apps.jobs.services import enqueue
from apps.staff.models import Person
from ops_portal.demo.sign_ins import open_sign_ins
from ops_portal.demo.story import tell

KIND = "demo.build_company"
PERIOD = "company"


def is_asked_for() -> bool:
    """Whether the company was made already, or is being made."""
    return JobRun.objects.filter(kind=KIND, period=PERIOD).exists()


def require_demo_place() -> None:
    """Refuse an installation that is not a demo, and one that holds anything real: the switch alone is not enough."""
    if not settings.IS_DEMO:
        raise DemoRefused(_("This installation is not a demo. Set PORTAL_DEMO=1 on a new, empty one to look around."))
    has_people = User.objects.get_queryset().filter(is_demo=False).exists() or Person.objects.exists()
    if has_people or Department.objects.exists():
        message = _(
            "This installation holds data of its own, so the demo company is not added. "
            "Set PORTAL_DEMO=0, or use an empty database."
        )
        raise DemoRefused(message)


def ask_for_company(*, now: datetime) -> JobRun | None:
    """Open the sign-ins and ask for the company, once; the run is on the jobs page. None when it was asked for before."""
    with transaction.atomic():
        if is_asked_for():
            if settings.IS_DEMO:
                open_sign_ins(now=now)
            return None
        require_demo_place()
        open_sign_ins(now=now)
        return enqueue(kind=KIND, period=PERIOD, by=None, now=now)


def build_company(run: JobRun, now: datetime) -> dict[str, Any]:
    """The body of the job: the whole company in one transaction."""
    require_demo_place()
    told = tell(run=run, now=now)
    newest = {"last_person": Person.objects.latest("pk").pk, "last_department": Department.objects.latest("pk").pk}
    return {**told, **newest}


def strangers() -> list[str]:
    """What the database holds that the demo did not bring, in words; empty when it is the demo's alone."""
    run = JobRun.objects.filter(kind=KIND, period=PERIOD).first()
    if run is None:
        return ["the demo company was never made here"]
    if run.state != JobState.DONE:
        return ["the demo company is still being made"]
    later = {
        _("accounts of their own"): User.objects.get_queryset().filter(is_demo=False),
        _("people added since"): Person.objects.filter(pk__gt=run.result.get("last_person", 0)),
        _("departments added since"): Department.objects.filter(pk__gt=run.result.get("last_department", 0)),
        _("imports"): ImportRun.objects.all(),
    }
    return [f"{rows.count()} {words}" for words, rows in later.items() if rows.exists()]
