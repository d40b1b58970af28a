"""Names of choice sets in the API's description, where the same field name means different sets in several shapes."""

API_ENUMS = {
    "ValueKindEnum": "apps.kpis.choices.ValueKind",
    "ModeEnum": "apps.imports.choices.CommitMode",
    "SchemeStateEnum": "apps.assessments.choices.SchemeState",
    "ScoreRunStateEnum": "apps.assessments.choices.RunState",
    "RehearsalStateEnum": "apps.assessments.choices.RehearsalState",
    "CalendarStepStateEnum": "apps.assessments.rules.calendar.STATE_CHOICES",
    "ScoreStatusEnum": "apps.assessments.choices.ScoreStatus",
    "ScoreLineStatusEnum": "apps.assessments.choices.LineStatus",
    "AdjustmentKindEnum": "apps.assessments.choices.AdjustmentKind",
    "AdjustmentStateEnum": "apps.assessments.choices.AdjustmentState",
    "PersonScoreStatusEnum": "apps.assessments.choices.PersonStatus",
    "RewardStateEnum": "apps.assessments.choices.RewardState",
    "PlanStateEnum": "apps.assessments.choices.PlanState",
    "PlanEndEnum": "apps.assessments.api.people_shapes.ENDS",
    "PlanTriggerEnum": "apps.assessments.choices.PlanTrigger",
    "MethodEnum": "apps.assessments.choices.Method",
    "SubjectKindEnum": "apps.forecasts.choices.SubjectKind",
    "ForecastMethodEnum": "apps.forecasts.choices.ForecastMethod",
    "ReportStateEnum": "apps.forecasts.choices.ReportState",
    "RoleEnum": "apps.staff.choices.AppointmentRole",
}
