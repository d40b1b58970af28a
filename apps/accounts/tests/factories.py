"""Accounts for tests, of this app and of others."""

from datetime import UTC, datetime

import factory
from django.contrib.auth.hashers import make_password

from apps.accounts import services
from apps.accounts.models import ApiKey, RoleGrant, User

PASSWORD = "a sturdy pass phrase"


class UserFactory(factory.django.DjangoModelFactory):
    """An open account; `UserFactory(roles=["hr"])` grants roles."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"Person {number:04d}")
    email = factory.Sequence(lambda number: f"person{number:04d}@example.com")
    password = factory.LazyFunction(lambda: make_password(PASSWORD))

    @factory.post_generation
    def roles(self, create, extracted, **kwargs):
        if create and extracted:
            RoleGrant.objects.bulk_create([RoleGrant(user=self, role=role) for role in extracted])


def make_key(owner: User, scopes: list[str], **changes) -> tuple[ApiKey, str]:
    """A usable key and its text."""
    given = {"name": "test key", "expires_at": None, "allowed_networks": [], "now": datetime(2026, 1, 5, tzinfo=UTC)}
    return services.issue_key(owner=owner, by=owner, scopes=scopes, **{**given, **changes})
