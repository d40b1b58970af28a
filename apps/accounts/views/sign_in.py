"""The sign-in page: the first thing anyone sees."""

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.http.sessions import IDLE, OLD
from apps.accounts.selectors import demo_sign_ins
from apps.accounts.services import demo_password


def ended_notice(why: str) -> str:
    """What to say to someone whose session has ended; empty for anybody else."""
    if why == IDLE:
        minutes = settings.SESSION_IDLE_SECONDS // 60
        return _(
            "You were signed out after %(minutes)s minutes without activity. Sign in to go on: what you typed is kept."
        ) % {"minutes": minutes}
    if why == OLD:
        hours = settings.SESSION_COOKIE_AGE // 3600
        return _("A session lasts %(hours)s hours at most. Sign in to go on: what you typed is kept.") % {
            "hours": hours
        }
    return ""


class SignInView(LoginView):  # type: ignore[misc]
    """allauth's sign-in, with our notices and, in a demo, one sign-in per role."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["ended"] = ended_notice(self.request.GET.get("ended", ""))
        if settings.IS_DEMO:
            context["demo_sign_ins"] = demo_sign_ins()
            context["demo_password"] = demo_password()
        return context

    def form_invalid(self, form: Any) -> Any:
        """The form again, under the status that says so."""
        response = super().form_invalid(form)
        if response.status_code == 200:
            response.status_code = 422
        return response


sign_in_page = SignInView.as_view()
