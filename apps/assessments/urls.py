"""Addresses under /assessments/."""

from django.urls import URLPattern, URLResolver, path

from apps.assessments import views

app_name = "assessments"

urlpatterns: list[URLPattern | URLResolver] = [
    # the rules
    path("schemes/", views.schemes_page, name="schemes"),
    path("schemes/new/", views.new_scheme_page, name="new_scheme"),
    path("schemes/<int:pk>/", views.scheme_page, name="scheme"),
    path("schemes/<int:pk>/compare/", views.compare_page, name="compare_schemes"),
    # a draft of them
    path("schemes/<int:pk>/edit/", views.edit_scheme_page, name="edit_scheme"),
    path("schemes/<int:pk>/submit/", views.submit_scheme_page, name="submit_scheme"),
    path("schemes/<int:pk>/discard/", views.discard_scheme_page, name="discard_scheme"),
    path("schemes/<int:pk>/scorecards/new/", views.add_scorecard_page, name="add_scorecard"),
    path("scorecards/<int:pk>/rename/", views.rename_scorecard_page, name="rename_scorecard"),
    path("scorecards/<int:pk>/remove/", views.remove_scorecard_page, name="remove_scorecard"),
    path("scorecards/<int:pk>/departments/", views.place_departments_page, name="place_departments"),
    path("scorecards/<int:pk>/indicators/new/", views.add_indicator_page, name="add_indicator"),
    path("indicators/<int:pk>/edit/", views.edit_indicator_page, name="edit_indicator"),
    path("indicators/<int:pk>/remove/", views.remove_indicator_page, name="remove_indicator"),
]
