"""The pages of signing in: allauth's views, only those we want, each with who may open it and how often.

Not here, so not there at all: sign-up, e-mail management, passkeys, sign-in by mailed code.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as company
from allauth.socialaccount.providers.openid_connect import views as openid
from django.urls import URLPattern, URLResolver, path, re_path, reverse_lazy
from django.views.generic import RedirectView

from apps.accounts.http.access import public, signed_in
from apps.accounts.http.limits import limited
from apps.accounts.views import sign_in_page

profile = RedirectView.as_view(url=reverse_lazy("accounts:profile"))

urlpatterns: list[URLPattern | URLResolver] = [
    # in and out
    path("login/", public(limited(sign_in_page, name="sign-in", per_minute=30)), name="account_login"),
    path("logout/", public(account.logout), name="account_logout"),
    path("inactive/", public(account.account_inactive), name="account_inactive"),
    path(
        "reauthenticate/",
        signed_in(limited(account.reauthenticate, name="confirm", per_minute=10)),
        name="account_reauthenticate",
    ),
    # password
    path(
        "password/change/",
        signed_in(limited(account.password_change, name="change", per_minute=10)),
        name="account_change_password",
    ),
    path("password/set/", signed_in(account.password_set), name="account_set_password"),
    path(
        "password/reset/",
        public(limited(account.password_reset, name="reset", per_minute=6)),
        name="account_reset_password",
    ),
    path("password/reset/done/", public(account.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        public(limited(account.password_reset_from_key, name="reset-key", per_minute=20)),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        public(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    # code
    path("2fa/", signed_in(profile), name="mfa_index"),
    path("2fa/authenticate/", public(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", signed_in(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", signed_in(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", signed_in(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        signed_in(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/download/",
        signed_in(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    # company sign-on
    path("company/", signed_in(profile), name="socialaccount_connections"),
    path("company/unknown/", public(company.signup), name="socialaccount_signup"),
    path("company/cancelled/", public(company.login_cancelled), name="socialaccount_login_cancelled"),
    path("company/error/", public(company.login_error), name="socialaccount_login_error"),
    path("oidc/<str:provider_id>/login/", public(openid.login), name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", public(openid.callback), name="openid_connect_callback"),
]
