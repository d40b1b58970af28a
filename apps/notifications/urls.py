"""Addresses under /notifications/."""

from django.urls import URLPattern, URLResolver, path

from apps.notifications import views

app_name = "notifications"

urlpatterns: list[URLPattern | URLResolver] = [
    # what I was told
    path("", views.list_page, name="list"),
    path("bell/", views.bell_part, name="bell"),
    path("read-all/", views.read_all, name="read_all"),
    path("<int:pk>/open/", views.open_notification, name="open"),
    # how I want to hear
    path("preferences/", views.preferences_page, name="preferences"),
    # who stands in for me
    path("stand-in/", views.stand_in_page, name="stand_in"),
    path("stand-in/name/", views.name_stand_in, name="name_stand_in"),
    path("stand-in/<int:pk>/end/", views.end_stand_in, name="end_stand_in"),
    # what other systems are told
    path("webhooks/", views.webhooks_page, name="webhooks"),
    path("webhooks/add/", views.add_webhook, name="add_webhook"),
    path("webhooks/<int:pk>/", views.webhook_page, name="webhook"),
    path("webhooks/<int:pk>/change/", views.change_webhook, name="change_webhook"),
    path("webhooks/<int:pk>/secret/", views.renew_secret, name="renew_secret"),
    path("webhooks/<int:pk>/pause/", views.pause_webhook, name="pause_webhook"),
    path("webhooks/<int:pk>/resume/", views.resume_webhook, name="resume_webhook"),
    path("webhooks/<int:pk>/ping/", views.ping_webhook, name="ping_webhook"),
    path("webhooks/deliveries/<int:pk>/", views.delivery_page, name="delivery"),
    path("webhooks/deliveries/<int:pk>/send-again/", views.send_delivery_again, name="send_delivery_again"),
]
