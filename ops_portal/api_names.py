"""Names of choice sets in the API's description, where the same field name means different sets in several shapes."""

API_ENUMS = {
    "ValueKindEnum": "apps.kpis.choices.ValueKind",
    "ModeEnum": "apps.imports.choices.CommitMode",
    "SchemeStateEnum": "apps.assessments.choices.SchemeState",
    "ScoreRunStateEnum": "apps.assessments.choices.RunState",
    "ScoreStatusEnum": "apps.assessments.choices.ScoreStatus",
    "ScoreLineStatusEnum": "apps.assessments.choices.LineStatus",
    "AdjustmentKindEnum": "apps.assessments.choices.AdjustmentKind",
    "AdjustmentStateEnum": "apps.assessments.choices.AdjustmentState",
}
