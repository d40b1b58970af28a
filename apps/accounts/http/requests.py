"""The request as a view behind @allow gets it, for the type checker: somebody is signed in and has a scope."""

from django.http import HttpRequest

from apps.accounts.models import User
from apps.core.scope import Scope


class PersonRequest(HttpRequest):
    """A request of somebody signed in."""

    user: User
    scope: Scope
