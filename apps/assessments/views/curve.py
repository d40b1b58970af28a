"""The points of an indicator over its actual, drawn on the server: a curve, a worked sentence, the same as figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.choices import OF_ONE_FIGURE, Method
from apps.assessments.forms.indicators import IndicatorForm, weight_of
from apps.assessments.models import Indicator, Scorecard
from apps.assessments.rules.curve import Point, curve_of, points_at
from apps.assessments.rules.plain import plain_params
from apps.assessments.rules.results import ConfigError
from apps.assessments.rules.scoring import ReadMethod, parse_method, score
from apps.assessments.selectors import first_fact, weight_of_others
from apps.assessments.services import config_words, needs_target
from apps.assessments.services.method_words import direction_of, sentence_of, shown
from apps.assessments.views.pictures import picture_of, points_text
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


def read_params(form: IndicatorForm, row: Indicator | None) -> dict[str, Any]:
    """The parameters as they are typed now; those of the indicator before the form was sent."""
    if form.is_bound:
        return form.params()
    return dict(row.params) if row is not None and isinstance(row.params, dict) else {}


def kpi_of(form: IndicatorForm) -> Kpi | None:
    """The KPI chosen."""
    if form.is_bound:
        return form.cleaned_data.get("kpi")
    field: Any = form.fields["kpi"]
    chosen = str(form.initial.get("kpi") or "")
    return field.queryset.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 18 else None


def curve_context(form: IndicatorForm, *, card: Scorecard, row: Indicator | None) -> dict[str, Any]:
    """Everything beside the form: the curve or another picture, what is earned where, the sum of the weights."""
    kpi, name = kpi_of(form), form.method_name
    aim, weight, params = aim_of(kpi, card), weight_of(form), read_params(form, row)
    if name == Method.LINEAR:
        known = {key: getattr(aim, key) for key in FROM_TARGET if params.get(key) is None}
        params |= {key: text for key, text in known.items() if text is not None}
    method = parse_method(name, plain_params(name, params))
    picture = picture_of(name, params, method, weight)
    is_drawn = picture is None and name in OF_ONE_FIGURE
    marks = form.method_form.landmarks(params, aim.target) if is_drawn else []
    points = curve_of(method, target=aim.target, weight=weight, landmarks=marks) if is_drawn else []
    has_target = form.has_target and needs_target(name, params)
    return {
        "curve": drawn(points, aim.target if has_target else None) if points else None,
        "picture": picture,
        "is_of_one_figure": is_drawn,
        "problem": ""
        if points or picture
        else problem_words(method, aim, weight, is_begun=form.is_bound or row is not None),
        "sentence": sentence_of(form.method_form.name, params, weight) if form.is_bound or row else "",
        "worked": worked(method, aim, weight, marks, tried_at(form, aim, [] if has_target else marks))
        if is_drawn
        else [],
        "unit": kpi.definition.unit if kpi and kpi.definition else "",
        "aim": aim if has_target else None,
        "target": shown(aim.target),
        "weights": weights_of(form, card, row, weight),
        "is_contrary": "direction" in form.method_form.fields and is_contrary(kpi, params),
        "try_at": form["try_at"].value() or "",
    }


def weights_of(form: IndicatorForm, card: Scorecard, row: Indicator | None, weight: Decimal) -> dict[str, Any]:
    """The sum of the weights with this one, always in sight."""
    others = weight_of_others(card, besides=row.pk if row else 0)
    total = others + (weight if form.is_bound or form.initial.get("weight") else 0)
    return {"others": plain(others), "total": plain(total), "is_whole": total == 100, "share": min(total, 100)}


def is_contrary(kpi: Kpi | None, params: dict[str, Any]) -> bool:
    """Whether the method calls better what the KPI calls worse: allowed, but mostly a slip."""
    said = kpi.definition.direction if kpi and kpi.definition else ""
    return said in {"higher", "lower"} and said != direction_of(params)


def plain(number: Decimal) -> str:
    """A number without zeros at the end."""
    return f"{Decimal(number).normalize():f}"


def problem_words(method: ReadMethod, aim: Aim, weight: Decimal, *, is_begun: bool) -> str:
    """Why there is no picture."""
    if not is_begun:
        return _("Fill in the fields: what the points look like appears here.")
    if isinstance(method, ConfigError):
        if method.code == "missing" and method.key == "floor":
            return _("The target has no floor: write one here, or set it with the target.")
        if method.code == "missing" and method.key == "stretch_pct":
            return _("There is a stretch, here or with the target: say what is earned there.")
        return config_words(method)
    fault = score(method, aim.target, aim.target, weight).problem
    if fault is not None:
        return _("With the target %(target)s nothing can be scored: %(fault)s") % {
            "target": shown(aim.target),
            "fault": config_words(fault),
        }
    return _("With this target nothing can be scored: look at floor, target and stretch, or at the bands.")


def tried_at(form: IndicatorForm, aim: Aim, marks: Sequence[Fraction]) -> Fraction:
    """The actual that is worked through: the one typed, else a little short of the target; between the first two MARKS
    where no target plays a part."""
    typed: Any = form.cleaned_data.get("try_at") if form.is_bound else None
    if typed is not None:
        return Fraction(typed)
    first = sorted(set(marks))[:2]
    return sum(first, Fraction(0)) / len(first) if first else aim.target * NEARLY


def worked(
    method: ReadMethod, aim: Aim, weight: Decimal, marks: Sequence[Fraction], tried: Fraction
) -> list[dict[str, Any]]:
    """What is earned at the actual tried, and where the curve bends."""
    found = []
    for place in [tried, *sorted(set(marks) - {tried})]:
        points = points_at(method, place, aim.target, weight)
        if points is not None:
            found.append({"actual": shown(place), "points": points_text(points), "is_tried": place == tried})
    return found[:12]


def drawn(points: Sequence[Point], target: Fraction | None) -> dict[str, Any]:
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
    return {
        "line": line,
        "area": f"{line} L100 {up.top(0)} L0 {up.top(0)}Z",
        "rows": [{"text": charts.short_number(tick), "y": up.top(tick)} for tick in reversed(up.ticks)],
        "columns": [{"text": charts.short_number(tick), "x": left(tick)} for tick in ticks],
        "target": left(float(target)) if target is not None and low <= target <= high else None,
    }
