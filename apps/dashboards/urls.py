from django.urls import URLPattern, URLResolver, path

from apps.dashboards import views

app_name = "dashboards"

urlpatterns: list[URLPattern | URLResolver] = [
    # every component on one page
    path("gallery/", views.gallery_page, name="gallery"),
]
