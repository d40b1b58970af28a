"""What several drills begin with: accounts, and an indicator with figures of three months."""

import itertools
from datetime import date
from decimal import Decimal

from apps.accounts.models import User
from apps.accounts.services import create_account
from apps.core import clock
from apps.core.month import Month
from apps.core.scope import Reach, Scope
from apps.departments.services import create_department
from apps.kpis.models import Kpi
from apps.kpis.services import Definition, Entry, Identity, define_kpi, record_values
from apps.periods.services import open_periods

numbers = itertools.count(1)


def someone(*roles: str) -> User:
    """An account with these roles."""
    number = next(numbers)
    return create_account(
        email=f"person{number}@example.com", name=f"Person {number}", roles=roles, by=None, now=clock.now()
    )


def kpi_with_figures() -> tuple[Kpi, User]:
    """An indicator with figures of three months."""
    by, now = someone("coo"), clock.now()
    one = create_department(code="D1", name="One", parent=None, on=date(2026, 1, 1), reason="", by=by, now=now)
    definition = Definition(name="Sold", direction="higher")
    kpi = define_kpi(identity=Identity(department=one, code="SOLD"), definition=definition, by=by, now=now)
    open_periods(now=now)
    months = [Month.of(clock.today()).plus(-ago).first_day for ago in range(3)]
    entries = [Entry(kpi=kpi.pk, department=one.pk, month=month, value=Decimal(7)) for month in months]
    scope = Scope(user_id=by.pk, reach=Reach.COMPANY, capabilities=frozenset({"kpis.record", "kpis.restate"}))
    record_values(entries=entries, scope=scope, by=by, reason="A drill.", now=now)
    return kpi, by
