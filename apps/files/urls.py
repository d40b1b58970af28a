from django.urls import URLPattern, URLResolver, path

from apps.files import views

app_name = "files"

urlpatterns: list[URLPattern | URLResolver] = [
    path("<int:pk>/", views.file_content, name="content"),
]
