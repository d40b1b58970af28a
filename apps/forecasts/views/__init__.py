"""Pages of forecasts, by what they show."""

# series, own figures, what-ifs, accuracy
from apps.forecasts.views.honesty import accuracy_by_department_page, accuracy_by_kpi_page, honesty_page
from apps.forecasts.views.lists import list_page
from apps.forecasts.views.overrides import override_page, take_back_page
from apps.forecasts.views.parts import department_page, kpi_part
from apps.forecasts.views.scenarios import delete_scenario, scenario_page
from apps.forecasts.views.series import series_page
from apps.forecasts.views.staff import staff_page

__all__ = [
    "accuracy_by_department_page",
    "accuracy_by_kpi_page",
    "delete_scenario",
    "department_page",
    "honesty_page",
    "kpi_part",
    "list_page",
    "override_page",
    "scenario_page",
    "series_page",
    "staff_page",
    "take_back_page",
]
