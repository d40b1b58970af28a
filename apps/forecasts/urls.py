"""Addresses under /forecasts/."""

from django.urls import URLPattern, URLResolver, path, register_converter

from apps.forecasts import views
from apps.forecasts.choices import SubjectKind

app_name = "forecasts"


class KindInAddress:
    """What a series is about; anything else is no such address."""

    regex = "|".join(SubjectKind.values)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(KindInAddress, "series_kind")
SERIES, OF_KPI = "<series_kind:kind>/<int:department>/", "<series_kind:kind>/<int:department>/<int:kpi>/"

urlpatterns: list[URLPattern | URLResolver] = [
    # all series of a month, and how good earlier ones were
    path("", views.list_page, name="list"),
    path("issue/", views.issue_page, name="issue"),
    path("accuracy/", views.honesty_page, name="honesty"),
    path("accuracy/kpis/", views.accuracy_by_kpi_page, name="accuracy_kpis"),
    path("accuracy/departments/", views.accuracy_by_department_page, name="accuracy_departments"),
    # staff outlook
    path("staff/", views.staff_page, name="staff"),
    # parts of other pages
    path("departments/<int:department>/", views.department_page, name="department"),
    path("departments/<int:department>/kpis/<int:kpi>/", views.kpi_part, name="of_kpi"),
    # one series: of a KPI in a department, or of the department itself
    path(OF_KPI, views.series_page, name="series"),
    path(SERIES, views.series_page, name="series"),
    path(f"{OF_KPI}override/", views.override_page, name="override"),
    path(f"{SERIES}override/", views.override_page, name="override"),
    path(f"{OF_KPI}take-back/", views.take_back_page, name="take_back"),
    path(f"{SERIES}take-back/", views.take_back_page, name="take_back"),
    path(f"{OF_KPI}what-if/", views.scenario_page, name="scenario"),
    path(f"{SERIES}what-if/", views.scenario_page, name="scenario"),
    path("what-if/<int:pk>/delete/", views.delete_scenario, name="delete_scenario"),
    # the situation-and-outlook report
    path("reports/", views.reports_page, name="reports"),
    path("reports/new/", views.begin_report_page, name="begin_report"),
    path("reports/<int:pk>/", views.report_page, name="report"),
    path("reports/<int:pk>/compare/", views.compare_page, name="compare_report"),
    path("reports/<int:pk>/pdf/", views.report_file, {"kind": "pdf"}, name="report_pdf"),
    path("reports/<int:pk>/xlsx/", views.report_file, {"kind": "xlsx"}, name="report_xlsx"),
    path("reports/<int:pk>/edit/", views.edit_report_page, name="edit_report"),
    path("reports/<int:pk>/assemble/", views.assemble_report, name="assemble_report"),
    path("reports/<int:pk>/approve/", views.approve_report, name="approve_report"),
    path("reports/<int:pk>/reopen/", views.reopen_report_page, name="reopen_report"),
    path("reports/<int:pk>/issue/", views.issue_report_page, name="issue_report"),
]
