"""Accounts, roles, keys."""

import pytest

from apps.accounts import selectors, services
from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory
from apps.core.clock import now
from apps.core.errors import Conflict

pytestmark = pytest.mark.django_db


class TestCreateAccount:
    def test_opens_with_roles(self):
        user = services.create_account(
            email="New@Example.com", name=" New One ", roles=["hr", "employee"], by=None, now=now()
        )
        assert user.name == "New One"
        assert selectors.roles_of(user) == {"hr", "employee"}
        assert not user.has_usable_password()

    def test_refuses_a_taken_mail_whatever_its_case_and_stores_nothing(self):
        UserFactory(email="ann@example.com")
        with pytest.raises(Conflict) as refusal:
            services.create_account(email="ANN@example.com", name="Ann", roles=["hr"], by=None, now=now())
        assert refusal.value.field == "email"
        assert User.objects.count() == 1
