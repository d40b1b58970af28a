from django.urls import URLPattern, URLResolver, path

from apps.dashboards import views

app_name = "dashboards"

urlpatterns: list[URLPattern | URLResolver] = [
    # the first page after signing in, and its second half
    path("", views.home_page, name="home"),
    path("home/below/", views.home_below, name="below"),
    path("home/to-do/", views.to_do_block, name="to_do"),
    path("home/off-target/", views.off_target_block, name="off_target"),
    path("home/scores/", views.scores_block, name="scores"),
    path("home/outlook/", views.outlook_block, name="outlook"),
    path("home/report/", views.report_block, name="report"),
    # everything that holds the words
    path("search/", views.search_page, name="search"),
    # every component on one page
    path("gallery/", views.gallery_page, name="gallery"),
]
