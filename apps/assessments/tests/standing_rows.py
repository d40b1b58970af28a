"""Rows of what a scheme lays down, for tests."""

from decimal import Decimal

BONUS = {"code": "patent", "name": "Patent", "points_each": "2", "cap": "6", "clause": "Rules, 12"}
LATE = {"code": "late", "name": "Late report", "points_each": "0.5", "cap": None, "clause": ""}
FATAL = {"code": "fatal", "name": "Fatal accident", "action": "zero", "value": None, "grade": "", "clause": "Rules, 15"}
FRAUD = {"code": "fraud", "name": "Fraud", "action": "grade_cap", "value": None, "grade": "C", "clause": ""}
LEAK = {"code": "leak", "name": "Leak", "action": "cap", "value": "59.99", "grade": "", "clause": ""}
STAFF = {
    "head": {"dept_weight": "100", "personal_weight": "0"},
    "deputy_head": {"dept_weight": "60", "personal_weight": "40"},
    "member": {"dept_weight": "30", "personal_weight": "70"},
    "min_days": "15",
}
GRADES = "ABCDE"
REWARDS = {
    "dept_coef": dict(zip(GRADES, ("1.2", "1.1", "1", "0.8", "0"), strict=True)),
    "personal_coef": dict(zip(GRADES, ("1.1", "1.05", "1", "0.9", "0.5"), strict=True)),
}
CALENDAR = {"calculate": "6", "review": "8", "publish": "10", "appeal_days": "5", "ruling_days": "5"}
PARTS = {
    "bonus_items": [BONUS],
    "penalty_items": [LATE],
    "veto_items": [FATAL, FRAUD, LEAK],
    "staff_rules": STAFF,
    "reward_rules": REWARDS,
    "calendar": CALENDAR,
    "calibration_band": Decimal("3.00"),
    "cumulative_pct": Decimal("40.00"),
}
SCHEMES = "/api/v1/schemes/"
