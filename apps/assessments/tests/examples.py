"""One whole rule for each method, as tests of the editor, of receipts and of refusals use it."""

ITEMS = [
    {"code": "C", "name": "Complaint", "points_each": "2", "allowance": "2", "cap": "10"},
    {"code": "X", "points_each": "0.5"},
]
CHILDREN = [
    {"code": "REV", "kpi": 1, "direction": "higher", "weight": "60"},
    {"code": "COM", "kpi": 2, "direction": "lower", "weight": "40"},
]
WHOLE = {
    "ratio": {"direction": "higher", "cap": "1.2"},
    "linear": {"direction": "higher", "floor": "80", "floor_pct": "60"},
    "interval": {"basis": "actual", "bands": [{"max": "5", "pct": "100"}, {"min": "5", "pct": "0"}]},
    "step": {
        "direction": "higher",
        "unit": "percent",
        "partial": "floor",
        "up": {"per": "2", "points": "1", "cap": "3"},
        "down": {"per": "1", "points": "2"},
        "min_points": "4",
    },
    "range": {"outer_lo": "90", "lo": "98", "hi": "102", "outer_hi": "110"},
    "efficacy": {"direction": "higher", "standards": ["4", "6", "8"], "coefs": ["0.2", "0.6", "0.8"]},
    "all_or_nothing": {"op": "in", "lo": "2", "hi": "4"},
    "composite": {"children": CHILDREN, "child_cap": "1.2", "missing_child": "exclude"},
    "deduction": {"items": ITEMS, "min_points": "1"},
    "milestone": {"mode": "due_only", "late": "per_day", "per_day_pct": "10"},
    "descriptive": {
        "levels": {"good": "100", "fair": "60"},
        "raters": [{"id": "coo@example.org", "weight": "2"}, {"id": "gm@example.org", "weight": "1"}],
        "min_raters": "2",
        "trim": "1",
    },
}
"""One whole rule for each method."""

SENTENCE = {
    "step": "20 points at the target, 1 more for each full 2 % better, at most 3, 2 off for each full 1 % worse, "
    "never less than 4",
    "range": "20 points from 98 to 102, straight down to none at 90 and 110",
    "efficacy": "20 points × coefficient between the standard values: 4 → 0.2, 6 → 0.6, 8 → 0.8",
    "all_or_nothing": "20 points if the actual is from 2 to 4, else none",
    "composite": "20 points × mean of the shares reached by REV (60 %), COM (40 %), each at most 120 %",
    "deduction": "20 points, less 2 for each “Complaint” after 2 free (at most 10), 0.5 for each “X”, never less than 1",
    "milestone": "20 points by the milestones that are due or done, a late one loses 10 % for each day",
    "descriptive": "20 points by the mean of 2 raters, at least 2 must rate, without the highest and the lowest: "
    "good 100 %, fair 60 %",
}
