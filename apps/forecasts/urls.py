"""Addresses under /forecasts/."""

from django.urls import URLPattern, URLResolver, path

from apps.forecasts import views

app_name = "forecasts"

urlpatterns: list[URLPattern | URLResolver] = [
    # staff outlook
    path("staff/", views.staff_page, name="staff"),
]
