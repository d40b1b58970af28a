from django.urls import URLPattern, URLResolver, path

from apps.audit import views

app_name = "audit"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.list_page, name="list"),
]
