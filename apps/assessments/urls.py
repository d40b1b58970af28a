"""Addresses under /assessments/."""

from django.urls import URLPattern, URLResolver, path

from apps.assessments import views

app_name = "assessments"

urlpatterns: list[URLPattern | URLResolver] = [
    # the rules
    path("schemes/<int:pk>/", views.scheme_page, name="scheme"),
]
