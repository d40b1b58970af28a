"""Parameters of scoring methods from DOMAIN.md section 1, and what a line earns by them."""

from apps.assessments.rules.results import Status
from apps.assessments.rules.scoring import parse_method, score

BANDS = [
    {"min": None, "max": "60", "pct": "0"},
    {"min": "60", "max": "80", "pct": "60"},
    {"min": "80", "max": "90", "pct": "80"},
    {"min": "90", "max": "100", "pct": "90"},
    {"min": "100", "max": None, "pct": "100"},
]
STATE_ASSETS = {
    **{"direction": "higher", "unit": "percent", "partial": "floor", "base": "30"},
    **{"up": {"per": "3", "points": "1", "cap": "6"}, "down": {"per": "3", "points": "1", "cap": "6"}},
}
CARMAKER = {
    **{"direction": "higher", "unit": "percent", "partial": "linear"},
    **{"up": {"per": "5", "points": "5", "cap": "20"}, "down": {"per": "5", "points": "5", "cap": None}},
}
LOSS = {**STATE_ASSETS, "loss_half": True, "up": {"per": "3", "points": "1", "cap": "3"}}
SAFETY = {
    "items": [
        {"code": "accident", "points_each": "5"},
        {"code": "complaint", "points_each": "2", "allowance": "1"},
    ]
}
LEVELS = {
    "levels": {"A": "100", "B": "90", "C": "75"},
    "raters": [{"id": "coo", "weight": "50"}, {"id": "hr", "weight": "30"}, {"id": "peer", "weight": "20"}],
    "min_raters": 2,
}
BSC = {"direction": "higher", "floor": "80", "floor_pct": "60", "stretch": "120", "stretch_pct": "120"}
CORRIDOR = {"lo": "95", "hi": "105", "outer_lo": "80", "outer_hi": "110"}
STANDARDS = {"standards": ["2", "4", "6", "8", "10"], "coefs": ["0.2", "0.4", "0.6", "0.8", "1"]}
CHILDREN = {
    "children": [
        {"code": "a", "weight": "50", "rate": "1.1"},
        {"code": "b", "weight": "30", "rate": "0.9"},
        {"code": "c", "weight": "20", "rate": "0.8"},
    ]
}
EQUAL_RATERS = [{"id": str(number), "weight": "1"} for number in range(6)]


def points(method, params, actual, target=None, weight="20"):
    found = score(parse_method(method, params), actual, target, weight)
    assert (found.points is None) == (found.status in {Status.PENDING, Status.EXCLUDED, Status.INVALID_CONFIG})
    return str(found.points) if found.status == Status.SCORED else str(found.status)
