"""Demo accounts: only where PORTAL_DEMO is set. Elsewhere they can neither be made nor sign in (signing.may_sign_in)."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.services.opening import create_account
from apps.core.errors import Refusal


class DemoRefused(Refusal):
    """This installation is no demo."""

    code = "not_a_demo"


def require_demo() -> None:
    """Refuse outside a demo."""
    if not settings.IS_DEMO:
        raise DemoRefused(_("This installation is not a demo. Set PORTAL_DEMO=1 on a new, empty one to look around."))


def demo_password() -> str:
    """The one password of all demo accounts of this installation: derived from its secret, so no two share it.

    Digits and the letters a to f alone: words of the language could come out too similar to an account's own address.
    """
    require_demo()
    digest = hmac.new(settings.SECRET_KEY.encode(), b"demo sign-in", hashlib.sha256).hexdigest()
    return f"demo-{digest[:14]}"


def create_demo_account(*, email: str, name: str, roles: Iterable[str], now: datetime) -> User:
    """Open a demo account under the demo password. Who may: the demo builder. Refuses outside a demo."""
    password = demo_password()
    with transaction.atomic():
        user = create_account(email=email, name=name, roles=roles, password=password, by=None, now=now)
        User.objects.filter(pk=user.pk).update(is_demo=True)
    user.is_demo = True
    return user
