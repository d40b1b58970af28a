"""The points of an indicator over its actual, drawn on the server: a curve, a worked sentence, the same as figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.forms.indicators import IndicatorForm, weight_of
from apps.assessments.forms.methods.frame import PREFIX, direction_of, shown
from apps.assessments.models import Indicator, Scorecard
from apps.assessments.rules.curve import Point, curve_of, points_at
from apps.assessments.rules.reading import exact
from apps.assessments.rules.results import ConfigError
from apps.assessments.rules.scoring import ReadMethod, parse_method
from apps.assessments.selectors import first_fact, weight_of_others
from apps.assessments.services import config_words
from apps.core import charts
from apps.kpis.models import Kpi

SUPPOSED = Fraction(100)
NEARLY = Fraction(95, 100)
FROM_TARGET = ("floor", "stretch")


@dataclass(frozen=True, slots=True)
class Aim:
    """What is aimed at in the scheme's first month, as far as it is set. IS_SUPPOSED: no target is, 100 is taken."""

    target: Fraction
    floor: str | None = None
    stretch: str | None = None
    is_supposed: bool = False


def aim_of(kpi: Kpi | None, card: Scorecard) -> Aim:
    """The target of the KPI: of the scorecard's first department, else the one for everybody."""
    if kpi is None:
        return Aim(SUPPOSED, is_supposed=True)
    fact = first_fact(card, kpi)
    target = None if fact.target is None else Fraction(fact.target)
    return Aim(target if target is not None else SUPPOSED, fact.floor, fact.stretch, is_supposed=target is None)


def read_method(form: IndicatorForm) -> dict[str, Any]:
    """The parameters as they are typed now; those of the indicator before the form was sent."""
    if form.is_bound:
        return form.params()
    given = {name: value for name, value in form.initial.items() if name.startswith(PREFIX) and value not in (None, "")}
    return {name.removeprefix(PREFIX): value for name, value in given.items()}


def kpi_of(form: IndicatorForm) -> Kpi | None:
    """The KPI chosen."""
    if form.is_bound:
        return form.cleaned_data.get("kpi")
    field: Any = form.fields["kpi"]
    chosen = str(form.initial.get("kpi") or "")
    return field.queryset.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 18 else None


def curve_context(form: IndicatorForm, *, card: Scorecard, row: Indicator | None) -> dict[str, Any]:
    """Everything beside the form: the curve, what is earned where, the sum of the weights."""
    kpi = kpi_of(form)
    aim, weight, params = aim_of(kpi, card), weight_of(form), read_method(form)
    if form.method_name == "linear":
        known = {name: getattr(aim, name) for name in FROM_TARGET if params.get(name) is None}
        params |= {name: text for name, text in known.items() if text is not None}
    method = parse_method(form.method_name, params)
    marks = form.method_form.landmarks(params, aim.target)
    points = curve_of(method, target=aim.target, weight=weight, landmarks=marks)
    unit = kpi.definition.unit if kpi and kpi.definition else ""
    others = weight_of_others(card, besides=row.pk if row else 0)
    total = others + (weight if form.is_bound or form.initial.get("weight") else 0)
    return {
        "curve": drawn(points, aim.target) if points else None,
        "problem": "" if points else problem_words(method),
        "sentence": form.method_form.sentence(params, weight),
        "worked": worked(method, aim, weight, marks, tried_at(form, aim)),
        "unit": unit,
        "aim": aim,
        "target": shown(aim.target),
        "weights": {"others": plain(others), "total": plain(total), "is_whole": total == 100, "share": min(total, 100)},
        "is_contrary": is_contrary(kpi, params),
        "try_at": form["try_at"].value() or "",
    }


def is_contrary(kpi: Kpi | None, params: dict[str, Any]) -> bool:
    """Whether the method calls better what the KPI calls worse: allowed, but mostly a slip."""
    said = kpi.definition.direction if kpi and kpi.definition else ""
    return said in {"higher", "lower"} and said != direction_of(params)


def plain(number: Decimal) -> str:
    """A number without zeros at the end."""
    return f"{Decimal(number).normalize():f}"


def problem_words(method: ReadMethod) -> str:
    """Why there is no curve."""
    if isinstance(method, ConfigError):
        if method.code == "missing" and method.key == "floor":
            return _("The target has no floor: write one here, or set it with the target.")
        if method.code == "missing" and method.key == "stretch_pct":
            return _("There is a stretch, here or with the target: say what is earned there.")
        return config_words(method).replace("%%", "%")
    return _("With this target nothing can be scored: look at floor, target and stretch, or at the bands.")


def tried_at(form: IndicatorForm, aim: Aim) -> Fraction:
    """The actual that is worked through: the one typed, else a little short of the target."""
    typed: Any = form.cleaned_data.get("try_at") if form.is_bound else None
    return aim.target * NEARLY if typed is None else Fraction(typed)


def worked(
    method: ReadMethod, aim: Aim, weight: Decimal, marks: Sequence[Fraction], tried: Fraction
) -> list[dict[str, Any]]:
    """What is earned at the actual tried, and where the curve bends."""
    found = []
    for place in [tried, *sorted({aim.target, *marks} - {tried})]:
        points = points_at(method, place, aim.target, weight)
        if points is not None:
            found.append({"actual": shown(place), "points": f"{points:f}", "is_tried": place == tried})
    return found[:12]


def drawn(points: Sequence[Point], target: Fraction) -> dict[str, Any]:
    """Geometry in percent: the line, both axes, where the target lies."""
    places, heights = [float(x) for x, _y in points], [float(y) for _x, y in points]
    across, up = charts.axis_for(places, from_zero=False), charts.axis_for(heights)
    low, high = places[0], places[-1]

    def left(place: float) -> float:
        return round((place - low) / (high - low) * 100, 3)

    line = " ".join(
        f"{'L' if number else 'M'}{left(x)} {up.top(y)}"
        for number, (x, y) in enumerate(zip(places, heights, strict=True))
    )
    ticks = [tick for tick in across.ticks if low <= tick <= high]
    at = exact(target)
    return {
        "line": line,
        "area": f"{line} L100 {up.top(0)} L0 {up.top(0)}Z",
        "rows": [{"text": charts.short_number(tick), "y": up.top(tick)} for tick in reversed(up.ticks)],
        "columns": [{"text": charts.short_number(tick), "x": left(tick)} for tick in ticks],
        "target": left(float(at)) if at is not None and low <= float(at) <= high else None,
    }
