"""Addresses under /departments/."""

from django.urls import URLPattern, URLResolver, path

from apps.departments import views

app_name = "departments"

urlpatterns: list[URLPattern | URLResolver] = [
    # all
    path("", views.tree_page, name="list"),
    path("list/", views.table_page, name="table"),
    path("new/", views.create_page, name="create"),
    # one
    path("<int:pk>/", views.department_page, name="detail"),
    path("<int:pk>/people/", views.people_page, name="people"),
    path("<int:pk>/departments/", views.parts_page, name="parts"),
    path("<int:pk>/scores/", views.scores_page, name="scores"),
    path("<int:pk>/outlook/", views.outlook_page, name="outlook"),
    path("<int:pk>/history/", views.history_page, name="history"),
    path("<int:pk>/change/", views.change_page, name="change"),
    path("<int:pk>/names/add/", views.add_name, name="add_name"),
    path("<int:pk>/names/<int:alias_pk>/remove/", views.remove_name, name="remove_name"),
    # acts on the tree
    path("<int:pk>/rename/", views.rename_page, name="rename"),
    path("<int:pk>/move/", views.move_page, name="move"),
    path("<int:pk>/merge/", views.merge_page, name="merge"),
    path("<int:pk>/close/", views.close_page, name="close"),
    path("<int:pk>/reopen/", views.reopen_page, name="reopen"),
]
