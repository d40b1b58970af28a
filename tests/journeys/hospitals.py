"""December 2018 of the English emergency departments, ready to be assessed: run inside a portal by `manage.py shell`."""

from datetime import timedelta

from apps.accounts.tests.factories import UserFactory
from apps.assessments.tests import test_real_month as real
from apps.periods.services import open_periods

TODAY = (real.NOW + timedelta(days=1)).date().isoformat()
PASSWORD = "Walk-in-centre-2018"


def load() -> None:
    """Accounts, organisations, what they reported, an approved scheme, a first draft and what does
    not apply in it; prints who may sign in."""
    open_periods(now=real.NOW)
    people = {}
    for role in ("coo", "hr", "auditor"):
        people[role] = UserFactory(roles=[role], email=f"{role}@hospitals.test", name=f"The {role}")
        people[role].set_password(PASSWORD)
        people[role].save()
        print(role, people[role].email, PASSWORD)
    real.bring_in(real.REAL.read_bytes() if real.REAL.exists() else real.SMALL, people["coo"])
    real.rules_of(people["hr"], people["coo"])
    real.leave_out_what_is_awaited(people)
