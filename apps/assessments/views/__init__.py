"""Pages of assessments, by what they show."""

from apps.assessments.views.schemes import scheme_page

__all__ = ["scheme_page"]
