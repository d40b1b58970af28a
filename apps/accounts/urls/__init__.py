"""Accounts, the own profile, API keys. The sign-in pages are in sign_in.py: allauth knows them by names of its own."""

from django.urls import URLPattern, URLResolver, path

from apps.accounts import views

app_name = "accounts"

urlpatterns: list[URLPattern | URLResolver] = [
    # one's own
    path("me/", views.profile_page, name="profile"),
    path("me/sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("me/sessions/end/", views.end_other_sessions, name="end_sessions"),
    # API keys
    path("keys/", views.keys_page, name="keys"),
    path("keys/new/", views.issue_key_page, name="issue_key"),
    path("keys/<int:pk>/", views.key_page, name="key"),
    path("keys/<int:pk>/revoke/", views.revoke_key, name="revoke_key"),
    # accounts, for administrators
    path("", views.accounts_page, name="list"),
    path("new/", views.create_account_page, name="create"),
    path("<int:pk>/", views.account_page, name="detail"),
    path("<int:pk>/edit/", views.change_account_page, name="change"),
    path("<int:pk>/roles/", views.change_roles_page, name="roles"),
    path("<int:pk>/close/", views.close_account_page, name="close"),
    path("<int:pk>/reopen/", views.reopen_account, name="reopen"),
    path("<int:pk>/sessions/end/", views.end_account_sessions, name="end_account_sessions"),
    path("<int:pk>/code/reset/", views.reset_second_factor, name="reset_code"),
    path("<int:pk>/invite/", views.send_invitation, name="invite"),
]
