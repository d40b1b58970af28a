from django.urls import URLPattern, URLResolver, path

from apps.periods import views

app_name = "periods"

urlpatterns: list[URLPattern | URLResolver] = [
    # periods and their cut-offs
    path("", views.list_page, name="list"),
    path("<int:pk>/", views.detail_page, name="detail"),
    path("<int:pk>/reopen/", views.reopen_period, name="reopen"),
    path("cut-offs/<int:pk>/move/", views.move_cut_off, name="move_cut_off"),
    # the year
    path("calendar/", views.calendar_page, name="calendar"),
    path("calendar/declare/", views.declare_days, name="declare_days"),
    path("calendar/days/<int:pk>/withdraw/", views.withdraw_day, name="withdraw_day"),
    # rules
    path("rules/", views.rules_page, name="rules"),
    path("rules/<slug:kind>/change/", views.change_rule, name="change_rule"),
    path("years/lay-out/", views.lay_out_year, name="lay_out_year"),
]
