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
    path("<month:month>/recompute/", views.recompute_page, name="recompute"),
    path("<month:month>/hand-in/", views.hand_in_page, name="hand_in"),
    path("<month:month>/send-back/", views.send_back_page, name="send_back"),
    path("<month:month>/publish/", views.publish_page, name="publish"),
    path("<month:month>/revise/", views.revise_page, name="revise"),
    path("<month:month>/discard-draft/", views.discard_draft_page, name="discard_draft"),
    # a published month to take away, and what its signature is checked by
    path("<month:month>/bundle/", views.bundle_file, name="bundle"),
    path("<month:month>/workbook/", views.workbook_file, name="workbook"),
    path("signing-keys/", views.signing_keys_page, name="signing_keys"),
    # the rules
    path("rules/", views.own_rules_page, name="own_rules"),
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
    # what a draft lays down beside its scorecards
    path("schemes/<int:pk>/items/", views.edit_items_page, name="edit_items"),
    path("schemes/<int:pk>/people/", views.edit_people_page, name="edit_people"),
    path("schemes/<int:pk>/calendar/", views.edit_calendar_page, name="edit_calendar"),
    # registers: what is reported, rated, and stands beside the hundred points
    path("entries/", views.entries_now, name="entries_now"),
    path("ratings/", views.ratings_now, name="ratings_now"),
    path("<month:month>/entries/", views.entries_page, name="entries"),
    path("<month:month>/entries/<int:department>/", views.entry_place_page, name="entry_place"),
    path("<month:month>/entries/<int:department>/<int:indicator>/", views.enter_line, name="enter_line"),
    path("<month:month>/ratings/", views.ratings_page, name="ratings"),
    path("<month:month>/raters/", views.raters_page, name="raters"),
    path("<month:month>/raters/standardised/", views.standardised_page, name="standardised"),
    path("<month:month>/raters/people/", views.appraisers_page, name="appraisers"),
    path("<month:month>/raters/people/standardised/", views.standardised_parts_page, name="standardised_parts"),
    path("register/", views.adjustments_page, name="adjustments"),
    path("register/new/", views.propose_page, name="propose"),
    path("register/<int:pk>/", views.adjustment_page, name="adjustment"),
    path("register/<int:pk>/confirm/", views.confirm_adjustment_page, name="confirm_adjustment"),
    path("register/<int:pk>/refuse/", views.refuse_adjustment_page, name="refuse_adjustment"),
    path("register/<int:pk>/lift/", views.lift_adjustment_page, name="lift_adjustment"),
    path("register/<int:pk>/withdraw/", views.withdraw_adjustment_page, name="withdraw_adjustment"),
    # appeals and calibrations
    path("appeals/", views.appeals_page, name="appeals"),
    path("appeals/mine/", views.own_appeals_page, name="own_appeals"),
    path("appeals/all/", views.all_appeals_page, name="all_appeals"),
    path("appeals/<int:pk>/", views.appeal_page, name="appeal"),
    path("appeals/<int:pk>/admit/", views.admit_appeal_page, name="admit_appeal"),
    path("appeals/<int:pk>/reject/", views.reject_appeal_page, name="reject_appeal"),
    path("appeals/<int:pk>/withdraw/", views.withdraw_appeal_page, name="withdraw_appeal"),
    path("appeals/<int:pk>/rule/", views.rule_appeal_page, name="rule_appeal"),
    path("appeals/<int:pk>/hand-up/", views.hand_up_appeal_page, name="hand_up_appeal"),
    path("appeals/<int:pk>/second-level/", views.take_higher_page, name="take_higher"),
    path("<month:month>/departments/<int:department>/appeal/", views.file_appeal_page, name="file_appeal"),
    path("<month:month>/people/<int:person>/appeal/", views.file_person_appeal_page, name="file_person_appeal"),
    path("<month:month>/calibrations/", views.calibrations_page, name="calibrations"),
    path("<month:month>/calibrations/made/", views.calibrated_page, name="calibrated"),
    path("<month:month>/departments/<int:department>/calibrate/", views.calibrate_page, name="calibrate"),
    path(
        "<month:month>/departments/<int:department>/calibrate/preview/",
        views.calibration_preview,
        name="calibration_preview",
    ),
    # people: the personal part, their scores
    path("appraisals/", views.appraisals_now, name="appraisals_now"),
    path("<month:month>/appraise/", views.appraise_page, name="appraise"),
    path("<month:month>/people/", views.people_page, name="people"),
    path("<month:month>/people/me/", views.own_month_page, name="own_month"),
    path("<month:month>/people/<int:person>/", views.person_score_page, name="person_score"),
    # rewards and what they are reckoned from
    path("rewards/", views.rewards_over_time_page, name="rewards_over_time"),
    path("<month:month>/rewards/", views.rewards_page, name="rewards"),
    path("<month:month>/rewards/propose/", views.propose_rewards_page, name="propose_rewards"),
    path("<month:month>/rewards/decide/", views.decide_rewards_page, name="decide_rewards"),
    path("rewards/new/", views.propose_spot_reward_page, name="propose_spot_reward"),
    path("rewards/<int:pk>/reverse/", views.reverse_reward_page, name="reverse_reward"),
    path("rewards/<int:pk>/", views.reward_page, name="reward"),
    path("pay-bases/", views.pay_bases_page, name="pay_bases"),
    path("pay-bases/<int:pk>/", views.pay_base_page, name="set_pay_base"),
    path("nominations/", views.nominations_page, name="nominations"),
    path("nominations/<int:pk>/", views.nomination_page, name="nomination"),
    path("nominations/<int:pk>/decide/", views.decide_nomination_page, name="decide_nomination"),
    # improvement plans
    path("improvement/", views.plans_page, name="improvement_plans"),
    path("improvement/new/", views.begin_plan_page, name="begin_plan"),
    path("improvement/<int:pk>/", views.plan_page, name="improvement_plan"),
    path("improvement/<int:pk>/start/", views.start_plan_page, name="start_plan"),
    path("improvement/<int:pk>/review/", views.review_plan_page, name="review_plan"),
    path("improvement/<int:pk>/close/", views.close_plan_page, name="close_plan"),
    path("<month:month>/improvement/propose/", views.propose_plans_page, name="propose_plans"),
    # rehearsals, and quarters and years
    path("schemes/<int:pk>/rehearse/", views.rehearse_page, name="rehearse"),
    path("rehearsals/", views.rehearsals_page, name="rehearsals"),
    path("rehearsals/<int:pk>/", views.rehearsal_page, name="rehearsal"),
    path("rehearsals/<int:pk>/people/", views.rehearsal_people_page, name="rehearsal_people"),
    path("rehearsals/<int:pk>/pay/", views.rehearsal_pay_page, name="rehearsal_pay"),
    path("rehearsals/<int:pk>/progress/", views.rehearsal_progress_part, name="rehearsal_progress"),
    path("periods/", views.periods_page, name="periods"),
    path("periods/<slug:kind>/<month:month>/", views.period_page, name="period"),
    path("periods/<slug:kind>/<month:month>/people/", views.period_people_page, name="period_people"),
    path("periods/<slug:kind>/<month:month>/cumulative/", views.cumulative_page, name="cumulative"),
]
