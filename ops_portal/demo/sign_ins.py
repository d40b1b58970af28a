"""One sign-in per role of the demo company. They exist before its people do, so that one can look on while it is made."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.selectors import account_for
from apps.accounts.services import create_demo_account
from ops_portal.demo.company import DOMAIN


@dataclass(frozen=True, slots=True)
class SignIn:
    """An account one may look around as. UNIT and JOB: the place of its person in the story."""

    role: Role
    name: str
    unit: str
    job: str

    @property
    def email(self) -> str:
        return f"{self.role.value}@{DOMAIN}"


SIGN_INS = (
    SignIn(Role.COO, "Katarin Velde", "OPS", "COO"),
    SignIn(Role.GM, "Rasmus Ohlen", "BRM", "GM"),
    SignIn(Role.MANAGER, "Idris Kamara", "SAL", "SALD"),
    SignIn(Role.HR, "Marisol Quint", "HRM", "HRD"),
    SignIn(Role.FINANCE, "Tobias Renner", "FIN", "CFO"),
    SignIn(Role.EMPLOYEE, "Noemi Bassett", "PRD", "ASSY"),
    SignIn(Role.AUDITOR, "Elin Sorrell", "QUA", "AUDI"),
    SignIn(Role.ADMINISTRATOR, "Joris Maddox", "ITS", "SYSA"),
)


def open_sign_ins(*, now: datetime) -> list[User]:
    """The accounts of SIGN_INS, made where they are missing. Refused outside a demo (accounts.services.demo)."""
    with transaction.atomic():
        return [
            account_for(email=known.email)
            or create_demo_account(email=known.email, name=known.name, roles=[known.role.value], now=now)
            for known in SIGN_INS
        ]
