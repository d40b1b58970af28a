"""Addresses under /kpis/."""

from django.urls import URLPattern, URLResolver, path

from apps.kpis import views

app_name = "kpis"

urlpatterns: list[URLPattern | URLResolver] = [
    # read
    path("", views.list_page, name="list"),
    path("heat-map/", views.heat_map_page, name="heat_map"),
    path("<int:pk>/", views.detail_page, name="detail"),
    # enter and approve
    path("entry/", views.entry_page, name="entry"),
    path("waiting/", views.waiting_page, name="waiting"),
    path("waiting/decide/", views.decide, name="decide"),
    # define
    path("new/", views.new_page, name="new"),
    path("<int:pk>/definition/", views.definition_page, name="definition"),
    path("<int:pk>/edit/", views.edit_page, name="edit"),
    path("<int:pk>/retire/", views.retire_page, name="retire"),
    # targets
    path("<int:pk>/targets/", views.set_target_page, name="set_target"),
    path("targets/<int:pk>/remove/", views.remove_target, name="remove_target"),
    # usual range
    path("<int:pk>/baseline/", views.baseline_page, name="baseline"),
]
