"""API keys: issue, revoke, note their use."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey, User
from apps.accounts.rules import key_digest, key_text, tidy_network, unknown_capabilities
from apps.accounts.selectors import capabilities_for
from apps.core.errors import Refusal
from apps.core.history import because

LONGEST_LIFE = timedelta(days=366)
USE_STAMP_EVERY = timedelta(minutes=1)


class UnknownScope(Refusal):
    """A scope that is not a capability of the portal."""

    code = "unknown_scope"


class KeyRefused(Refusal):
    """The key asked for cannot be issued."""

    code = "key_refused"


def issue_key(
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
    allowed_networks: Sequence[str],
    owner: User,
    by: User,
    now: datetime,
) -> tuple[ApiKey, str]:
    """Make a key that acts for OWNER within SCOPES. The second value is the key itself: it is never readable again.

    Who may: the owner for themselves, an administrator for system accounts (the doors check). Refuses unknown scopes
    by name, scopes the owner lacks, networks that are none, and lives longer than a year.
    """
    networks = tidy_networks(allowed_networks)
    check_scopes(scopes=scopes, owner=owner)
    check_issuer(by=by, scopes=scopes, expires_at=expires_at)
    if expires_at is not None and not now < expires_at <= now + LONGEST_LIFE:
        raise KeyRefused(_("The key must expire after now and within a year. Choose such a date."), field="expires_at")
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    text = key_text(prefix, secret)
    with transaction.atomic(), because("accounts.key_issued", by=by):
        key = ApiKey.objects.create(
            owner=owner,
            name=name.strip(),
            prefix=prefix,
            digest=key_digest(text, settings.TOKEN_PEPPER),
            scopes=sorted(set(scopes)),
            allowed_networks=networks,
            expires_at=expires_at,
        )
    return key, text


def check_issuer(*, by: User, scopes: Sequence[str], expires_at: datetime | None) -> None:
    """A key begets no stronger key: when BY acts through one, the new one may do no more and last no longer."""
    acting: ApiKey | None = getattr(by, "acting_key", None)
    if acting is None:
        return
    if wider := sorted(set(scopes) - set(acting.scopes)):
        message = _("The key you use lacks %(names)s, so it cannot pass them on.") % {"names": ", ".join(wider)}
        raise KeyRefused(message, field="scopes")
    if acting.expires_at is not None and (expires_at is None or expires_at > acting.expires_at):
        late = _("The key you use ends earlier. Choose an end no later than its own.")
        raise KeyRefused(late, field="expires_at")


def check_scopes(*, scopes: Sequence[str], owner: User) -> None:
    """Refuse an empty list, unknown names (each named) and scopes the owner does not hold."""
    if not scopes:
        raise KeyRefused(_("A key needs at least one scope. Choose what it is for."), field="scopes")
    if wrong := unknown_capabilities(scopes):
        message = _("There is no scope %(names)s. Use names from the list of capabilities.") % {
            "names": ", ".join(wrong)
        }
        raise UnknownScope(message, field="scopes")
    if lacking := sorted(set(scopes) - capabilities_for(owner)):
        sentence = _("%(owner)s may not %(names)s, so the key may not either. Leave it out or grant the role first.")
        raise KeyRefused(sentence % {"owner": owner, "names": ", ".join(lacking)}, field="scopes")


def tidy_networks(texts: Sequence[str]) -> list[str]:
    """Networks in their stored form; names the first that is none."""
    found = []
    for text in texts:
        try:
            found.append(tidy_network(text))
        except ValueError as error:
            message = _("%(text)s is not a network. Write it like 10.20.0.0/16 or 192.0.2.7.") % {"text": text}
            raise KeyRefused(message, field="allowed_networks") from error
    return found


def revoke_key(*, key: ApiKey, by: User, now: datetime) -> None:
    """End a key at once; ending it again changes nothing. Who may: its owner, an administrator (the doors check)."""
    with transaction.atomic(), because("accounts.key_revoked", by=by):
        ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now)


def stamp_key_use(*, key: ApiKey, address: str, now: datetime) -> None:
    """Note when and from where a key was last used; at most once a minute, so that reads stay cheap."""
    if key.last_used_at is not None and key.last_used_at > now - USE_STAMP_EVERY:
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_STAMP_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now, last_used_from=address or None)
