"""What keeps a scheme from being approved: everything at once, each with where it stands and how to mend it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from apps.assessments.models import Indicator, Scheme, Scorecard
from apps.assessments.rules.configuration import Edges, Proposed, scheme_errors
from apps.assessments.rules.reading import exact
from apps.assessments.rules.results import ConfigError, Status
from apps.assessments.rules.scoring import ReadMethod, parse_method, score
from apps.assessments.services.figures import as_number
from apps.assessments.services.gathering import dated_targets
from apps.assessments.services.judging import params_of
from apps.core.month import Month
from apps.departments.selectors import open_department_ids
from apps.kpis.selectors import Fact, month_facts

NEEDS_TARGET = frozenset({"ratio", "linear", "step"})
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. WHERE: the scorecard and indicator it stands in, for people; CARD and INDICATOR their keys."""

    where: str
    text: str
    card: int | None = None
    indicator: int | None = None


def problems_of(scheme: Scheme) -> list[Problem]:
    """Everything that keeps the scheme from being submitted. A fixed number of queries."""
    cards = list(scheme.scorecards.prefetch_related("indicators__kpi", "assessed__department"))
    if not cards:
        return [Problem(str(scheme), _("There is no scorecard yet. Add one and place departments in it."))]
    found = [*grade_problems(scheme)]
    for card in cards:
        found += card_problems(card)
    return [*found, *fact_problems(scheme, cards)]


def grade_problems(scheme: Scheme) -> Iterator[Problem]:
    """Grades must fall, have a name each, and reach down to the lowest total."""
    where = _("Grades")
    if not scheme.grades:
        yield Problem(where, _("Name at least one grade and the total it begins at."))
        return
    edges = [exact(row.get("min")) for row in scheme.grades]
    names = [str(row.get("grade", "")).strip() for row in scheme.grades]
    if None in edges or not all(names):
        yield Problem(where, _("Every grade needs a name and the number it begins at."))
        return
    numbers = [edge for edge in edges if edge is not None]
    if len(set(names)) < len(names) or sorted(numbers, reverse=True) != numbers or len(set(numbers)) < len(numbers):
        yield Problem(
            where, _("List the grades from the best down, each once, each beginning lower than the one before.")
        )
    if numbers[-1] > Fraction(scheme.min_total):
        text = _("The last grade begins at %(least)s, but totals go down to %(lowest)s: let it begin there.")
        yield Problem(where, text % {"least": scheme.grades[-1]["min"], "lowest": scheme.min_total.normalize()})


def card_problems(card: Scorecard) -> Iterator[Problem]:
    """Weights, codes, bands, and whether anybody is judged by it."""
    indicators = list(card.indicators.all())
    if not card.assessed.all():
        yield Problem(card.name, _("No department is judged by it. Place some, or remove the scorecard."), card.pk)
    if not indicators:
        yield Problem(card.name, _("It has no indicator yet. Add one."), card.pk)
        return
    total = sum((row.weight for row in indicators), Decimal(0))
    errors = scheme_errors([Proposed(row.code, row.weight, edges_of(row)) for row in indicators])
    for name in errors:
        yield Problem(card.name, CARD_WORDS[name]() % {"total": f"{total.normalize():f}"}, card.pk)


CARD_WORDS = {
    "weights_sum": lambda: _("The weights add up to %(total)s. Make them exactly 100."),
    "weight_not_positive": lambda: _("Every weight must be above 0."),
    "duplicate_code": lambda: _("Two indicators have the same code. Give each its own."),
    "band_gap": lambda: _("The bands leave a gap: let each begin where the one before ends."),
    "band_overlap": lambda: _("Bands overlap: let each begin where the one before ends."),
    "band_not_covering": lambda: _("Some figures fall into no band: leave the first open below, the last open above."),
}


def edges_of(indicator: Indicator) -> list[Edges] | None:
    """Where the bands of an indicator begin and end; None: its method has none, or they cannot be read."""
    bands: Any = indicator.params.get("bands") if indicator.method == "interval" else None
    if not isinstance(bands, list):
        return None
    return [Edges(exact(band.get("min")), exact(band.get("max"))) for band in bands if isinstance(band, dict)]


def fact_problems(scheme: Scheme, cards: Sequence[Scorecard]) -> Iterator[Problem]:
    """Whether each indicator can be scored in each of its departments in the first month: target set, rule fits."""
    month = Month.of(scheme.valid.lower)
    pairs = [(card, row, place) for card in cards for row in card.indicators.all() for place in card.assessed.all()]
    open_ids = open_department_ids({place.department_id for _card, _row, place in pairs}, month.last_day)
    pairs = [pair for pair in pairs if pair[2].department_id in open_ids]
    sheet = month_facts(
        month=month,
        kpis=[row.kpi_id or 0 for _card, row, _place in pairs],
        departments=[place.department_id for _card, _row, place in pairs],
    )
    dated = dated_targets([(row, place.department_id) for _card, row, place in pairs], month)
    methods: dict[tuple[int, str | None, str | None], ReadMethod] = {}
    faults: dict[tuple[int, str], list[str]] = {}
    places: dict[int, Problem] = {}
    for (card, row, place), fact in zip(pairs, sheet, strict=True):
        key = (row.pk, fact.floor, fact.stretch)
        if key not in methods:
            methods[key] = parse_method(row.method, params_of(row, fact, is_past_cut_off=True))
        text = pair_fault(row, fact, dated, methods[key])
        if text:
            places.setdefault(row.pk, Problem(f"{card.name} · {row.name}", "", card.pk, row.pk))
            faults.setdefault((row.pk, text), []).append(place.department.name)
    for (pk, text), names in faults.items():
        yield replace(places[pk], text=text % {"departments": listed(names)})


def pair_fault(row: Indicator, fact: Fact, dated: dict[tuple[int, int], Any], method: ReadMethod) -> str:
    """What is wrong with an indicator in a department; empty when it can be scored."""
    if isinstance(method, ConfigError):
        return config_words(method)
    if row.kpi_id is None:
        return ""
    target = dated.get((row.pk, fact.department), as_number(fact.target))
    needs = row.method in NEEDS_TARGET or row.params.get("basis") == "rate_pct"
    if needs and target is None:
        return _("There is no target for %(departments)s. Set one, for each or for all.")
    result = score(method, 0, target, row.weight)
    if result.status == Status.INVALID_CONFIG and result.problem is not None:
        return config_words(result.problem)
    return ""


def listed(names: Sequence[str]) -> str:
    """The first few of many names."""
    shown = ", ".join(sorted(names)[:SHOWN])
    more = len(names) - SHOWN
    return shown if more <= 0 else _("%(names)s and %(count)s more") % {"names": shown, "count": more}


def config_words(error: ConfigError) -> str:
    """A configuration's fault as a sentence."""
    words = {
        "missing": _("“%(key)s” is missing."),
        "not_a_number": _("“%(key)s” is not a number."),
        "unknown_key": _("“%(key)s” is no parameter of this method."),
        "not_in_order": _("Floor, target and stretch must get better in this order (%(departments)s)."),
        "out_of_range": _("“%(key)s” is out of range."),
        "cap_below_floor": _("The cap lies below the floor."),
        "inverse_needs_cap": _("Target / actual needs a cap: an actual of 0 would earn without end."),
        "better_earns_less": _("“%(key)s”: a better figure would earn less."),
        "unknown_word": _("“%(key)s” has a word this method does not know."),
    }
    text = words.get(error.code, _("The rule does not fit: %(key)s."))
    return text.replace("%(key)s", key_words(error.key or error.code).replace("%", "%%"))


def key_words(key: str) -> str:
    """A parameter as its field is called; as it is written where it has no field."""
    words = {
        "floor": _("Floor"),
        "floor_pct": _("Earned at the floor, %"),
        "stretch": _("Stretch"),
        "stretch_pct": _("Earned at the stretch, %"),
        "cap": _("Cap of the share"),
        "threshold": _("Nothing below"),
        "bands": _("Bands"),
        "target": _("Target"),
    }
    return words.get(key, key)
