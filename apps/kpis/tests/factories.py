"""Indicators for tests, of this app and of others: made by the services, so that versions and months agree."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.rules import capabilities_of
from apps.core.scope import Reach, Scope
from apps.imports.services.checking import check_import, map_import
from apps.imports.services.committing import commit_import, request_commit
from apps.imports.services.runs import scope_at
from apps.imports.services.uploading import start_import
from apps.kpis import services
from apps.kpis.services import Aim, Definition, Entry, Identity

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
numbers = count(1)


def company_scope(*roles, user_id=None):
    """The scope of somebody who sees the company."""
    return Scope(user_id=user_id, reach=Reach.COMPANY, capabilities=capabilities_of(roles or ("coo",)))


def make_kpi(department, *, code=None, reporting=(), needs_approval=False, now=NOW, **given):
    """An indicator; everything of its definition may be given."""
    code = code or f"K{next(numbers):04d}"
    given = {"name": f"KPI {code}", "direction": "higher", **given}
    identity = Identity(department=department, code=code, reporting=tuple(reporting), needs_approval=needs_approval)
    return services.define_kpi(identity=identity, definition=Definition(**given), by=None, now=now)


def entry(kpi, department, month, value=None, **given):
    """One value; MONTH as YYYY-MM."""
    numbers_ = {
        name: Decimal(str(given.pop(name))) for name in ("numerator", "denominator", "ytd_value") if name in given
    }
    return Entry(
        kpi=kpi.pk,
        department=department.pk,
        month=date.fromisoformat(f"{month}-01"),
        value=None if value is None else Decimal(str(value)),
        **numbers_,
        **given,
    )


def record(entries, *, by, scope=None, now=NOW, **given):
    """Store values as the chief operating officer would, with a reason for what is late."""
    given = {"reason": "First load.", **given}
    return services.record_values(entries=list(entries), scope=scope or company_scope(), by=by, now=now, **given)


def aim(kpi, target, *, department=None, first=date(2000, 1, 1), until=None, now=NOW, **given):
    """A target."""
    given = {name: Decimal(str(value)) for name, value in given.items()}
    return services.set_target(
        kpi=kpi,
        department=department,
        aim=Aim(Decimal(str(target)), **given),
        first=first,
        until=until,
        by=None,
        now=now,
    )


def import_file(content, target, mapping, by, *, now=NOW, file_name="file.csv"):
    """A file through the frame: taken, matched (by the frame's own proposal without a MAPPING), checked, every row right."""
    who = {"by": by, "scope": scope_at(by, now), "now": now}
    run = start_import(target=target, upload=SimpleUploadedFile(file_name, content), **who)
    run = map_import(run=run, mapping=mapping or run.mapping, **who)
    run = check_import(run_id=run.pk, now=now)
    assert run.problem_note == ""
    assert list(run.problems.filter(is_warning=False).values_list("line", "column", "message")[:5]) == []
    request_commit(run=run, mode="all_or_nothing", is_confirmed=True, **who)
    done = commit_import(run_id=run.pk, now=now)
    while services.refresh_stale():
        pass
    return done
