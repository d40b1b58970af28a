"""Addresses under /assessments/."""

from django.urls import URLPattern, URLResolver, path, register_converter

from apps.assessments import views
from apps.core.month import Month

app_name = "assessments"


class MonthInAddress:
    """A month as YYYY-MM; anything else is no such address."""

    regex = r"\d{4}-\d{2}"

    def to_python(self, value: str) -> Month:
        """ValueError for a month that does not exist: the address is not found."""
        return Month.parse(value)

    def to_url(self, value: Month | str) -> str:
        return str(value)


register_converter(MonthInAddress, "month")

urlpatterns: list[URLPattern | URLResolver] = [
    # months and scores
    path("", views.list_page, name="list"),
    path("departments/<int:department>/", views.department_page, name="department"),
    path("<month:month>/", views.month_page, name="month"),
    path("<month:month>/progress/", views.progress_part, name="progress"),
    path("<month:month>/scores/", views.scores_page, name="scores"),
    path("<month:month>/departments/<int:department>/", views.score_page, name="score"),
    # what is done to a month
    path("<month:month>/compute/", views.compute_page, name="compute"),
    path("<month:month>/hand-in/", views.hand_in_page, name="hand_in"),
    path("<month:month>/send-back/", views.send_back_page, name="send_back"),
    path("<month:month>/publish/", views.publish_page, name="publish"),
    path("<month:month>/revise/", views.revise_page, name="revise"),
    path("<month:month>/discard-draft/", views.discard_draft_page, name="discard_draft"),
    # the rules
    path("schemes/", views.schemes_page, name="schemes"),
    path("schemes/new/", views.new_scheme_page, name="new_scheme"),
    path("schemes/<int:pk>/", views.scheme_page, name="scheme"),
    path("schemes/<int:pk>/compare/", views.compare_page, name="compare_schemes"),
    # a draft of them
    path("schemes/<int:pk>/edit/", views.edit_scheme_page, name="edit_scheme"),
    path("schemes/<int:pk>/submit/", views.submit_scheme_page, name="submit_scheme"),
    path("schemes/<int:pk>/discard/", views.discard_scheme_page, name="discard_scheme"),
    path("schemes/<int:pk>/scorecards/new/", views.add_scorecard_page, name="add_scorecard"),
    path("scorecards/<int:pk>/rename/", views.rename_scorecard_page, name="rename_scorecard"),
    path("scorecards/<int:pk>/remove/", views.remove_scorecard_page, name="remove_scorecard"),
    path("scorecards/<int:pk>/departments/", views.place_departments_page, name="place_departments"),
    path("scorecards/<int:pk>/indicators/new/", views.add_indicator_page, name="add_indicator"),
    path("indicators/<int:pk>/edit/", views.edit_indicator_page, name="edit_indicator"),
    path("indicators/<int:pk>/remove/", views.remove_indicator_page, name="remove_indicator"),
    # rehearsals, and quarters and years
    path("schemes/<int:pk>/rehearse/", views.rehearse_page, name="rehearse"),
    path("rehearsals/", views.rehearsals_page, name="rehearsals"),
    path("rehearsals/<int:pk>/", views.rehearsal_page, name="rehearsal"),
    path("rehearsals/<int:pk>/progress/", views.rehearsal_progress_part, name="rehearsal_progress"),
    path("periods/", views.periods_page, name="periods"),
    path("periods/<slug:kind>/<month:month>/", views.period_page, name="period"),
    path("periods/<slug:kind>/<month:month>/people/", views.period_people_page, name="period_people"),
]
