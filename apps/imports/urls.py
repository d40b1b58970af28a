from django.urls import URLPattern, URLResolver, path

from apps.imports.views import listing, wizard

app_name = "imports"

urlpatterns: list[URLPattern | URLResolver] = [
    # lists
    path("", listing.list_page, name="list"),
    path("mappings/", listing.mappings_page, name="mappings"),
    path("mappings/<int:pk>/remove/", listing.remove_mapping, name="remove_mapping"),
    path("templates/<str:target>/", listing.template_file, name="template"),
    # the way of a file
    path("new/", wizard.upload_page, name="upload"),
    path("<int:pk>/", wizard.detail_page, name="detail"),
    path("<int:pk>/columns/", wizard.map_page, name="map"),
    path("<int:pk>/layout/", wizard.change_layout, name="layout"),
    path("<int:pk>/progress/", wizard.progress_part, name="progress"),
    path("<int:pk>/commit/", wizard.commit_run, name="commit"),
    path("<int:pk>/cancel/", wizard.cancel_run, name="cancel"),
    path("<int:pk>/undo/", wizard.undo_page, name="undo"),
    path("<int:pk>/save-mapping/", wizard.save_mapping_page, name="save_mapping"),
]
