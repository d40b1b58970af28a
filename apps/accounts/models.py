"""Who signs in: accounts, their roles, their API keys, their sign-ins. Knows nothing of departments."""

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role, SignInResult
from apps.accounts.rules import device_words
from apps.core.history import tracked
from apps.core.models import BaseModel


class UserQuerySet(models.QuerySet["User"]):
    """Chaining words for accounts."""

    def open(self) -> Self:
        """Accounts that may sign in."""
        return self.filter(is_active=True)

    def holding(self, roles: frozenset[str] | set[str] | tuple[str, ...]) -> Self:
        """Accounts with at least one of these roles."""
        return self.filter(models.Exists(RoleGrant.objects.filter(user=models.OuterRef("pk"), role__in=roles)))


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail without regard to case; makes none (services do)."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def open(self) -> UserQuerySet:
        """Accounts that may sign in."""
        return self.get_queryset().open()


@tracked(exclude=("password", "last_login"))
class User(AbstractBaseUser, BaseModel):
    """An account: signs in by e-mail, acts under its roles."""

    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=150)
    is_active = models.BooleanField(_("active"), default=True)
    is_system = models.BooleanField(_("for systems, cannot sign in"), default=False)
    is_demo = models.BooleanField(_("demo account"), default=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    session_epoch = models.PositiveIntegerField(default=1, editable=False)
    """Part of every session's seal: counting it up ends all sessions of the account at once, wherever they are kept."""

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (models.UniqueConstraint(Lower("email"), name="accounts_user_email_unique"),)
        indexes = (GinIndex(fields=("name",), opclasses=("gin_trgm_ops",), name="accounts_user_name_trgm"),)

    def __str__(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's seal over the password, bound to the epoch: both a new password and a new epoch break old sessions."""
        return f"{super()._get_session_auth_hash(secret=secret)}.{self.session_epoch}"  # type: ignore[misc]


@tracked()
class RoleGrant(BaseModel):
    """One role of one account."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(_("role"), max_length=20, choices=Role)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "role"), name="accounts_role_once_per_user"),)

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Chaining words for keys."""

    def usable(self, moment: datetime) -> Self:
        """Neither revoked nor expired, and their owner may act."""
        return self.filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=moment),
            revoked_at__isnull=True,
            owner__is_active=True,
        )

    def ended(self, moment: datetime) -> Self:
        """Revoked or expired."""
        return self.filter(models.Q(revoked_at__isnull=False) | models.Q(expires_at__lte=moment))


@tracked(exclude=("digest", "last_used_at", "last_used_from"))
class ApiKey(BaseModel):
    """A key for the API: acts for its owner within its scopes. Only a keyed digest of it is stored."""

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=16, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=60), verbose_name=_("scopes"))
    allowed_networks = ArrayField(models.CharField(max_length=49), verbose_name=_("allowed networks"), default=list)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    last_used_from = models.GenericIPAddressField(_("last used from"), null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (models.CheckConstraint(condition=models.Q(scopes__len__gt=0), name="accounts_key_has_scopes"),)

    def __str__(self) -> str:
        return self.name


class SignIn(models.Model):
    """One attempt to sign in, whatever came of it. Insert-only; the typed name is kept only when an account has it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sign_ins")
    result = models.CharField(_("result"), max_length=20, choices=SignInResult)
    at = models.DateTimeField(_("at"))
    address = models.GenericIPAddressField(_("address"), null=True)
    device = models.CharField(_("device"), max_length=200, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("user", "-at"), name="accounts_sign_in_by_user"),)

    def __str__(self) -> str:
        return f"{self.user or '?'} {self.get_result_display()}"

    @property
    def device_words(self) -> str:
        """The device as people call it."""
        return device_words(self.device)


class RateWindow(models.Model):
    """How many requests one caller has made in the current minute. Counted by one atomic statement (services)."""

    caller = models.CharField(max_length=80, unique=True)
    started_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(count__gt=0), name="accounts_rate_count_positive"),)

    def __str__(self) -> str:
        return f"{self.caller}: {self.count}"
