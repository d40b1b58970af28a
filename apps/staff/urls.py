"""Addresses under /staff/."""

from django.urls import URLPattern, URLResolver, path

from apps.staff import views

app_name = "staff"

urlpatterns: list[URLPattern | URLResolver] = [
    # all
    path("", views.list_page, name="list"),
    path("me/", views.own_page, name="own"),
    path("hire/", views.hire_page, name="hire"),
    # one
    path("<int:pk>/", views.detail_page, name="detail"),
    path("<int:pk>/history/", views.history_page, name="history"),
    path("<int:pk>/change/", views.change_page, name="change"),
    path("<int:pk>/account/", views.account_page, name="account"),
    # acts on one
    path("<int:pk>/rehire/", views.rehire_page, name="rehire"),
    path("<int:pk>/leave/", views.leave_page, name="leave"),
    path("<int:pk>/transfer/", views.transfer_page, name="transfer"),
    path("<int:pk>/appoint/", views.appoint_page, name="appoint"),
    path("appointments/<int:pk>/change/", views.change_appointment_page, name="change_appointment"),
    path("appointments/<int:pk>/end/", views.end_appointment_page, name="end_appointment"),
    path("appointments/<int:pk>/remove/", views.remove_appointment_page, name="remove_appointment"),
    # movements
    path("movements/", views.movements_page, name="movements"),
    path("movements/<int:pk>/cancel/", views.cancel_page, name="cancel"),
    # numbers
    path("headcount/", views.headcount_page, name="headcount"),
    path("headcount/plan/", views.plan_page, name="plan"),
    # positions
    path("positions/", views.positions_page, name="positions"),
    path("positions/new/", views.create_position_page, name="create_position"),
    path("positions/<int:pk>/", views.change_position_page, name="change_position"),
]
