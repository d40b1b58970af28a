"""Parameters as the rules read them: without what a scheme writes beside them for people or other parts of the portal."""

from collections.abc import Mapping
from typing import Any

LISTS: Mapping[str, str] = {"deduction": "items", "bonus": "items", "composite": "children"}
"""Methods whose parameters hold a list of objects, and the key it stands under."""
FROM_TARGET = ("floor", "stretch")
"""Parameters that are taken from the KPI's target where the scheme does not write them."""
BESIDE_THE_RULE = frozenset({"name", "note", "clause", "kpi", "direction"})
"""Keys of such an object that say what it is called or where its figure comes from. No formula reads them.

Only these are left out. A key that nobody knows stays, so that the rules refuse a slip of the pen (`alowance`) by name
instead of reckoning without it.
"""


def plain_params(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """PARAMS of METHOD for `scoring.parse_method`.

    Items of a deduction keep code, points_each, allowance and cap, children of a composite code and weight; everything else
    stays as it is. What is no list of objects is left alone, for the rules to refuse.
    """
    plain = dict(params)
    key = LISTS.get(method)
    listed = plain.get(key) if key else None
    if key and isinstance(listed, list | tuple):
        plain[key] = [plain_object(one) for one in listed]
    return plain


def drawn_params(method: str, params: Mapping[str, Any], of_target: Mapping[str, str | None]) -> dict[str, Any]:
    """The same; a straight line takes the points that the scheme does not write from those OF the TARGET (FROM_TARGET)."""
    plain = plain_params(method, params)
    if method == "linear":
        given = {name: text for name, text in of_target.items() if plain.get(name) is None and text is not None}
        plain |= given
    return plain


def plain_object(one: Any) -> Any:
    """One object of the list."""
    if not isinstance(one, Mapping):
        return one
    return {name: value for name, value in one.items() if name not in BESIDE_THE_RULE}
