"""Who signs in: people's accounts, their roles. Knows nothing of departments."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.core.history import tracked
from apps.core.models import BaseModel


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail without regard to case; makes none (services do)."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


@tracked(exclude=("password", "last_login"))
class User(AbstractBaseUser, BaseModel):
    """An account: signs in by e-mail, acts under its roles."""

    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=150)
    is_active = models.BooleanField(_("active"), default=True)
    is_system = models.BooleanField(_("for systems, cannot sign in"), default=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(models.functions.Lower("email"), name="accounts_user_email_unique"),
        )

    def __str__(self) -> str:
        return self.name


@tracked()
class RoleGrant(BaseModel):
    """One role of one account."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(_("role"), max_length=20, choices=Role)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "role"), name="accounts_role_once_per_user"),)

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"
