"""Every address of the portal, by prefix. Each app's urls.py continues from here."""

from django.urls import URLPattern, URLResolver, include, path

from ops_portal import health

urlpatterns: list[URLPattern | URLResolver] = [
    # machines
    path("health/", health.live_page, name="health"),
    path("ready/", health.ready_page, name="ready"),
    path("api/v1/", include(("ops_portal.api", "api"))),
    # who am I
    path("accounts/", include("apps.accounts.urls")),
    path("accounts/", include("apps.accounts.urls.sign_in")),
    # platform
    path("jobs/", include("apps.jobs.urls")),
    path("history/", include("apps.audit.urls")),
    path("notifications/", include("apps.notifications.urls")),
    path("files/", include("apps.files.urls")),
    path("imports/", include("apps.imports.urls")),
    path("periods/", include("apps.periods.urls")),
    path("approvals/", include("apps.approvals.urls")),
    # organisation
    path("departments/", include("apps.departments.urls")),
    path("staff/", include("apps.staff.urls")),
    # work
    path("kpis/", include("apps.kpis.urls")),
    path("assessments/", include("apps.assessments.urls")),
    path("forecasts/", include("apps.forecasts.urls")),
    # home, search
    path("", include("apps.dashboards.urls")),
]

handler400 = "apps.core.http.errors.unreadable_page"
handler403 = "apps.core.http.errors.forbidden_page"
handler404 = "apps.core.http.errors.missing_page"
handler500 = "apps.core.http.errors.failed_page"
