"""Who somebody is: name, number, e-mail, account. Needs staff.manage, checked at the door."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.history import because
from apps.staff.models import Person, Position
from apps.staff.services.movements import require_identity
from apps.staff.services.records import locked_people
from apps.staff.services.refusals import AccountTaken, WrongInput, constraints_in_words


def change_person(*, person: Person, number: str, name: str, email: str, by: User | None, reason: str = "") -> Person:
    """Correct the number, name or e-mail of a person. HR (staff.manage). Refuses what another person has."""
    number, name, email = number.strip(), " ".join(name.split()), email.strip()
    require_identity(number=number, name=name, email=email, but=person.pk)
    with transaction.atomic(), because("staff.changed", by=by, reason=reason), constraints_in_words():
        person = locked_people([person])[person.pk]
        person.number, person.name, person.email = number, name, email
        person.save(update_fields=["number", "name", "email", "updated_at"])
    return person


def link_account(*, person: Person, user: User | None, by: User | None, reason: str = "") -> Person:
    """Say which account a person signs in with, or (None) that they have none.

    HR (staff.manage) or the administrator who opens the account. What the person leads then decides what the account
    sees. Refuses an account that belongs to somebody else.
    """
    with transaction.atomic(), because("staff.account_linked", by=by, reason=reason), constraints_in_words():
        other = Person.objects.filter(user=user).exclude(pk=person.pk).first() if user else None
        if other is not None:
            message = _("The account %(account)s belongs to %(person)s. Choose another account or unlink it there.")
            raise AccountTaken(message % {"account": user, "person": other}, field="user")
        person = locked_people([person])[person.pk]
        person.user = user
        person.save(update_fields=["user", "updated_at"])
    return person


def create_position(*, code: str, title: str, by: User | None, grade: str = "", is_key: bool = False) -> Position:
    """Name a job. HR (staff.manage). Refuses an empty title and a code in use."""
    code, title = code.strip(), " ".join(title.split())
    if not code or not title:
        raise WrongInput(_("A position needs a code and a title."), field="title" if code else "code")
    with transaction.atomic(), because("staff.position_created", by=by), constraints_in_words():
        if Position.objects.filter(code=code).exists():
            raise WrongInput(_("The code %(code)s is in use. Enter another one.") % {"code": code}, field="code")
        return Position.objects.create(code=code, title=title, grade=grade.strip(), is_key=is_key)


def change_position(*, position: Position, title: str, grade: str, is_key: bool, by: User | None) -> Position:
    """Rename a job or mark it as a key position. HR (staff.manage). Refuses an empty title."""
    title = " ".join(title.split())
    if not title:
        raise WrongInput(_("A position needs a title."), field="title")
    with transaction.atomic(), because("staff.position_changed", by=by):
        position.title, position.grade, position.is_key = title, grade.strip(), is_key
        position.save(update_fields=["title", "grade", "is_key", "updated_at"])
    return position
