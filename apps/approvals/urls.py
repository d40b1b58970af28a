from django.urls import URLPattern, URLResolver, path

from apps.approvals import views

app_name = "approvals"

urlpatterns: list[URLPattern | URLResolver] = [
    # my desk and the lists beside it
    path("", views.list_page, name="list"),
    path("sent/", views.sent_page, name="sent"),
    path("all/", views.all_page, name="all"),
    # one case
    path("<int:pk>/", views.detail_page, name="detail"),
    path("<int:pk>/steps/<int:step_pk>/rule/", views.rule_on, name="rule"),
    path("<int:pk>/withdraw/", views.withdraw_case, name="withdraw"),
]
