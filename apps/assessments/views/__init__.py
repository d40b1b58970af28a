"""Pages of assessments, by what they show."""

from apps.assessments.views.acts import (
    compute_page,
    hand_in_page,
    publish_page,
    recompute_page,
    send_back_page,
)
from apps.assessments.views.adjusting import (
    confirm_adjustment_page,
    propose_page,
    refuse_adjustment_page,
    withdraw_adjustment_page,
)
from apps.assessments.views.adjustments import adjustment_page, adjustments_page
from apps.assessments.views.appeal import appeal_page
from apps.assessments.views.appeal_acts import (
    admit_appeal_page,
    file_appeal_page,
    file_person_appeal_page,
    hand_up_appeal_page,
    reject_appeal_page,
    rule_appeal_page,
    take_higher_page,
    withdraw_appeal_page,
)
from apps.assessments.views.appeals import all_appeals_page, appeals_page, own_appeals_page
from apps.assessments.views.appraisers import appraisers_page
from apps.assessments.views.appraising import appraisals_now, appraise_page
from apps.assessments.views.beginning import begin_plan_page
from apps.assessments.views.board import month_page, progress_part
from apps.assessments.views.bundles import bundle_file, signing_keys_page, workbook_file
from apps.assessments.views.calibrated import calibrated_page
from apps.assessments.views.calibrating import calibrate_page, calibration_preview, calibrations_page
from apps.assessments.views.comparing import compare_page
from apps.assessments.views.cumulative import cumulative_page
from apps.assessments.views.department import department_page
from apps.assessments.views.drafting import (
    add_scorecard_page,
    discard_scheme_page,
    edit_scheme_page,
    new_scheme_page,
    remove_scorecard_page,
    rename_scorecard_page,
    submit_scheme_page,
)
from apps.assessments.views.entries import enter_line, entries_now, entries_page, entry_place_page
from apps.assessments.views.improving import (
    close_plan_page,
    plan_page,
    plans_page,
    propose_plans_page,
    review_plan_page,
    start_plan_page,
)
from apps.assessments.views.indicators import add_indicator_page, edit_indicator_page, remove_indicator_page
from apps.assessments.views.lifting import lift_adjustment_page
from apps.assessments.views.lists import scores_page
from apps.assessments.views.months import list_page
from apps.assessments.views.nominations import decide_nomination_page, nomination_page, nominations_page
from apps.assessments.views.own_rules import own_rules_page
from apps.assessments.views.paying import pay_base_page, pay_bases_page
from apps.assessments.views.people import own_month_page, people_page, person_score_page
from apps.assessments.views.periods import period_page, period_people_page, periods_page
from apps.assessments.views.places import place_departments_page
from apps.assessments.views.rating import raters_page, ratings_now, ratings_page
from apps.assessments.views.receipt import score_page
from apps.assessments.views.rehearsals import rehearsal_page, rehearsal_progress_part, rehearsals_page, rehearse_page
from apps.assessments.views.rehearsed_people import rehearsal_pay_page, rehearsal_people_page
from apps.assessments.views.revising import discard_draft_page, revise_page
from apps.assessments.views.rewards import decide_rewards_page, propose_rewards_page, reward_page, rewards_page
from apps.assessments.views.rewards_over_time import rewards_over_time_page
from apps.assessments.views.schemes import scheme_page, schemes_page
from apps.assessments.views.spotting import propose_spot_reward_page, reverse_reward_page
from apps.assessments.views.standardised import standardised_page, standardised_parts_page
from apps.assessments.views.standing import edit_calendar_page, edit_items_page, edit_people_page

__all__ = [
    "add_indicator_page",
    "add_scorecard_page",
    "adjustment_page",
    "adjustments_page",
    "admit_appeal_page",
    "all_appeals_page",
    "appeal_page",
    "appeals_page",
    "appraisals_now",
    "appraise_page",
    "appraisers_page",
    "begin_plan_page",
    "bundle_file",
    "calibrate_page",
    "calibrated_page",
    "calibration_preview",
    "calibrations_page",
    "close_plan_page",
    "compare_page",
    "compute_page",
    "confirm_adjustment_page",
    "cumulative_page",
    "decide_nomination_page",
    "decide_rewards_page",
    "department_page",
    "discard_draft_page",
    "discard_scheme_page",
    "edit_calendar_page",
    "edit_indicator_page",
    "edit_items_page",
    "edit_people_page",
    "edit_scheme_page",
    "enter_line",
    "entries_now",
    "entries_page",
    "entry_place_page",
    "file_appeal_page",
    "file_person_appeal_page",
    "hand_in_page",
    "hand_up_appeal_page",
    "lift_adjustment_page",
    "list_page",
    "month_page",
    "new_scheme_page",
    "nomination_page",
    "nominations_page",
    "own_appeals_page",
    "own_month_page",
    "own_rules_page",
    "pay_base_page",
    "pay_bases_page",
    "people_page",
    "period_page",
    "period_people_page",
    "periods_page",
    "person_score_page",
    "place_departments_page",
    "plan_page",
    "plans_page",
    "progress_part",
    "propose_page",
    "propose_plans_page",
    "propose_rewards_page",
    "propose_spot_reward_page",
    "publish_page",
    "raters_page",
    "ratings_now",
    "ratings_page",
    "recompute_page",
    "refuse_adjustment_page",
    "rehearsal_page",
    "rehearsal_pay_page",
    "rehearsal_people_page",
    "rehearsal_progress_part",
    "rehearsals_page",
    "rehearse_page",
    "reject_appeal_page",
    "remove_indicator_page",
    "remove_scorecard_page",
    "rename_scorecard_page",
    "reverse_reward_page",
    "review_plan_page",
    "revise_page",
    "reward_page",
    "rewards_over_time_page",
    "rewards_page",
    "rule_appeal_page",
    "scheme_page",
    "schemes_page",
    "score_page",
    "scores_page",
    "send_back_page",
    "signing_keys_page",
    "standardised_page",
    "standardised_parts_page",
    "start_plan_page",
    "submit_scheme_page",
    "take_higher_page",
    "withdraw_adjustment_page",
    "withdraw_appeal_page",
    "workbook_file",
]
