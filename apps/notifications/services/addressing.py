"""What is wrong with a webhook's address, in words."""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.notifications.rules import address_problem

WORDS = {
    "too_long": gettext_noop("The address is longer than 500 characters. Use a shorter one."),
    "malformed": gettext_noop("That is not an address. Write it as https://host/path."),
    "credentials": gettext_noop("The address holds a user name or password. Leave them out: calls are signed instead."),
    "scheme": gettext_noop("Use an address that begins with https://: calls carry company data."),
    "inside": gettext_noop(
        "%(host)s lies inside a private network. Use a public host, or have the operator list it for webhooks."
    ),
}


def address_refusal(url: str) -> str:
    """The sentence that refuses URL; '' when it may be called. Hosts that the operator listed may be anywhere."""
    problem = address_problem(url, allowed_hosts=settings.WEBHOOK_ALLOWED_HOSTS)
    if not problem:
        return ""
    host = urlsplit(url).hostname if problem == "inside" else ""
    return _(WORDS[problem]) % {"host": host}
