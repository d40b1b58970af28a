"""The routes of /api/v1: each app's api.py declares its views, this file lists where they are mounted."""

from django.urls import URLPattern, URLResolver, include, path
from rest_framework.routers import SimpleRouter

from apps.accounts import api as accounts
from apps.accounts.http.access import signed_in
from apps.approvals import api as approvals
from apps.assessments import api as assessments
from apps.core.http.docs import SchemaView, docs_page
from apps.departments import api as departments
from apps.forecasts import api as forecasts
from apps.imports import api as imports
from apps.kpis import api as kpis
from apps.staff import api as staff

# Paths with typed parts: what is no number is no address.
router = SimpleRouter(use_regex_path=False)
# who am I
router.register("keys", accounts.KeyApi, "key")
# data
router.register("imports", imports.ImportApi, "import")
# organisation
router.register("departments", departments.DepartmentApi, "department")
router.register("people", staff.PersonApi, "person")
router.register("employments", staff.EmploymentApi, "employment")
router.register("appointments", staff.AppointmentApi, "appointment")
router.register("movements", staff.MovementApi, "movement")
router.register("positions", staff.PositionApi, "position")
router.register("headcount-plan", staff.HeadcountPlanApi, "headcount-plan")
# figures
router.register("kpis", kpis.KpiApi, "kpi")
router.register("kpi-targets", kpis.KpiTargetApi, "kpi-target")
router.register("kpi-baselines", kpis.KpiBaselineApi, "kpi-baseline")
router.register("kpi-values", kpis.KpiValueApi, "kpi-value")
router.register("kpi-months", kpis.KpiMonthApi, "kpi-month")
# rulings
router.register("cases", approvals.CaseApi, "case")
# assessments
router.register("schemes", assessments.SchemeApi, "scheme")
router.register("score-runs", assessments.ScoreRunApi, "score-run")
router.register("publications", assessments.PublicationApi, "publication")
router.register("scores", assessments.ScoreApi, "score")
router.register("score-lines", assessments.ScoreLineApi, "score-line")
router.register("awaited", assessments.AwaitedApi, "awaited")
router.register("awaited-people", assessments.AwaitedPeopleApi, "awaited-people")
# registers of assessments
router.register("entries", assessments.EntryApi, "entry")
router.register("ratings", assessments.RatingApi, "rating")
router.register("adjustments", assessments.AdjustmentApi, "adjustment")
router.register("appeals", assessments.AppealApi, "appeal")
router.register("calibrations", assessments.CalibrationApi, "calibration")
# people: their scores, rewards, improvement plans
router.register("person-scores", assessments.PersonScoreApi, "person-score")
router.register("rewards", assessments.RewardApi, "reward")
router.register("pay-bases", assessments.PayBaseApi, "pay-base")
router.register("nominations", assessments.NominationApi, "nomination")
router.register("improvement-plans", assessments.ImprovementPlanApi, "improvement-plan")
# situation and outlook
router.register("situation-reports", forecasts.SituationReportApi, "situation-report")
# rehearsals
router.register("period-people", assessments.PeriodPeopleApi, "period-people")
router.register("rehearsals", assessments.RehearsalApi, "rehearsal")
# forecasts
router.register("staff-outlook", forecasts.StaffOutlookApi, "staff-outlook")
router.register("forecasts/issues", forecasts.ForecastIssueApi, "forecast-issue")
router.register("forecasts/series", forecasts.SeriesApi, "forecast-series")
router.register("forecasts/accuracy/kpis", forecasts.KpiAccuracyApi, "forecast-accuracy-kpi")
router.register("forecasts/accuracy/departments", forecasts.DepartmentAccuracyApi, "forecast-accuracy-department")
router.register("forecasts/overrides", forecasts.OverrideApi, "forecast-override")
router.register("forecasts/scenarios", forecasts.ScenarioApi, "forecast-scenario")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(router.urls)),
    path("me/", accounts.MeApi.as_view(), name="me"),
    path("appraisals/", assessments.AppraisalApi.as_view(), name="appraisals"),
    path("appraisals/standardised/", assessments.StandardisedPartsApi.as_view(), name="appraisals-standardised"),
    path("appraiser-checks/", assessments.AppraiserChecksApi.as_view(), name="appraiser-checks"),
    path("grade-warnings/", assessments.GradeWarningsApi.as_view(), name="grade-warnings"),
    path("headcount/", staff.HeadcountApi.as_view(), name="headcount"),
    path("period-scores/", assessments.PeriodScoresApi.as_view(), name="period-scores"),
    path("cumulative-scores/", assessments.CumulativeScoresApi.as_view(), name="cumulative-scores"),
    path("forecasts/accuracy/", forecasts.ForecastAccuracyApi.as_view(), name="forecast-accuracy"),
    path("month-calendar/", assessments.MonthCalendarApi.as_view(), name="month-calendar"),
    # the API about itself
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", signed_in(docs_page), name="docs"),
]
