"""The pages of indicators."""

from apps.kpis.views.baselines import baseline_page
from apps.kpis.views.deciding import decide, waiting_page
from apps.kpis.views.definitions import definition_page, edit_page, new_page, retire_page
from apps.kpis.views.detail import detail_page
from apps.kpis.views.entry import entry_page
from apps.kpis.views.heat import heat_map_page
from apps.kpis.views.lists import list_page
from apps.kpis.views.targets import remove_target, set_target_page

__all__ = [
    "baseline_page",
    "decide",
    "definition_page",
    "detail_page",
    "edit_page",
    "entry_page",
    "heat_map_page",
    "list_page",
    "new_page",
    "remove_target",
    "retire_page",
    "set_target_page",
    "waiting_page",
]
