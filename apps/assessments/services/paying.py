"""Pay bases: the monthly amount a person's reward is reckoned from, from a month on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assessments.models import PayBase
from apps.assessments.services.refusals import NotYourStep
from apps.core.errors import Refusal
from apps.core.history import because
from apps.core.month import Month
from apps.staff.models import Person

MOST_AMOUNT = Decimal("9999999999999999.99")


class WrongPayBase(Refusal):
    """An amount below zero, too large, or with more than two decimals."""

    code: ClassVar[str] = "wrong_pay_base"


@dataclass(frozen=True, slots=True)
class BaseFrom:
    """PERSON (key) is reckoned from AMOUNT, from MONTH on."""

    person: int
    month: Month
    amount: Decimal


@transaction.atomic
def set_pay_base(*, person: Person, month: Month, amount: Decimal, by: User, reason: str = "") -> bool:
    """Let PERSON's rewards be reckoned from AMOUNT a month, from MONTH on, up to the next base that is set already.

    assessments.propose_rewards (HR). Whether anything changed. Rewards that are proposed or decided keep their figures;
    proposing again brings undecided ones up to date. Refuses one's own base, amounts below zero or with more than two
    decimals.
    """
    if person.user_id == by.pk:
        raise NotYourStep(own_base_words())
    require_amount(amount)
    with because("assessments.pay_base_set", reason=reason.strip(), by=by):
        return bool(write_base(BaseFrom(person.pk, month, amount), held_bases([person.pk])))


def own_base_words() -> str:
    """Why nobody sets their own pay base, and who does."""
    return _("Nobody sets their own pay base. Ask somebody else of HR to set it.")


def require_amount(amount: Decimal) -> None:
    """Refuse what is no amount of money."""
    if not 0 <= amount <= MOST_AMOUNT:
        raise WrongPayBase(_("Give an amount of 0 or more."), field="amount")
    if amount != amount.quantize(Decimal("0.01")):
        raise WrongPayBase(_("Give at most two decimals."), field="amount")


def held_bases(people: Iterable[int]) -> dict[int, list[PayBase]]:
    """The pay bases of these people by time, under lock. One query."""
    found: dict[int, list[PayBase]] = {}
    for row in PayBase.objects.select_for_update().filter(person__in=list(people)).order_by("person", "valid"):
        found.setdefault(row.person_id, []).append(row)
    return found


def write_base(given: BaseFrom, held: dict[int, list[PayBase]]) -> str:
    """Write one base among those HELD; "created", "changed" or nothing where it says what is stored."""
    first, rows = given.month.first_day, held.get(given.person, [])
    now = next((row for row in rows if first in row.valid), None)
    if now is not None and now.base_amount == given.amount:
        return ""
    if now is not None and now.valid.lower == first:
        now.base_amount = given.amount
        now.save(update_fields=["base_amount", "updated_at"])
        return "changed"
    until = end_of(now, rows, first)
    if now is not None:
        now.valid = DateRange(now.valid.lower, first)
        now.save(update_fields=["valid", "updated_at"])
    PayBase.objects.create(person_id=given.person, valid=DateRange(first, until), base_amount=given.amount)
    return "created"


def end_of(now: PayBase | None, rows: Iterable[PayBase], first: date) -> date | None:
    """The day a base that begins on FIRST ends: where the one it cuts ended, else where the next one begins."""
    if now is not None:
        end: date | None = now.valid.upper
        return end
    later = [row.valid.lower for row in rows if row.valid.lower is not None and row.valid.lower > first]
    return min(later, default=None)
