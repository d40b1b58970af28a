"""Pages of forecasts."""

from apps.forecasts.views.staff import staff_page

__all__ = ["staff_page"]
