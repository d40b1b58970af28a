"""Addresses under /jobs/."""

from django.urls import URLPattern, URLResolver, path

from apps.jobs import views

app_name = "jobs"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.list_page, name="list"),
    path("messages/", views.messages_page, name="messages"),
    path("messages/<int:pk>/send-again/", views.send_message_again, name="send_message_again"),
    path("<int:pk>/", views.detail_page, name="detail"),
    path("<int:pk>/progress/", views.progress_part, name="progress"),
    path("<int:pk>/retry/", views.retry_run, name="retry"),
    path("<int:pk>/cancel/", views.cancel_run, name="cancel"),
]
