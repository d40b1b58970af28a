"""What keeps a scheme from being approved: everything at once, each with where it stands and how to mend it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.selectors import open_accounts, users_with_capability
from apps.assessments.choices import OF_ONE_FIGURE, Method
from apps.assessments.models import AssessedDepartment, Indicator, Scheme, Scorecard
from apps.assessments.rules.configuration import Proposed, scheme_errors
from apps.assessments.rules.reading import exact
from apps.assessments.rules.results import ConfigError, Status
from apps.assessments.rules.scoring import ReadMethod, parse_method, score
from apps.assessments.selectors.figures import as_number
from apps.assessments.selectors.raters import names_of_raters, raters_in
from apps.assessments.selectors.stretches import stretch_of
from apps.assessments.services.capping import LIMITING
from apps.assessments.services.faults import config_words, key_words
from apps.assessments.services.fitting import indicator_faults, needs_target
from apps.assessments.services.gathering import dated_targets
from apps.assessments.services.judging import params_of
from apps.assessments.services.standing import (
    LEAST_COEFFICIENT,
    MOST_COEFFICIENT,
    USUAL_COEFFICIENTS,
    standing_faults,
)
from apps.core.month import Month
from apps.core.wording import month_text
from apps.departments.selectors import open_department_ids
from apps.kpis.selectors import Fact, FactSheet, month_facts
from apps.periods.choices import PeriodKind

SHOWN = 3
RATE = "assessments.rate"
WHOLE_CARDS = ("indicators__kpi", "assessed__department")
DEPARTMENTS = "{departments}"
"""Stands in a sentence for the departments it is true of, until all of them are known."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. WHERE: the scorecard and indicator it stands in, for people; CARD and INDICATOR their keys."""

    where: str
    text: str
    card: int | None = None
    indicator: int | None = None
    field: str = ""
    """Of the scheme itself, where it stands in none of its scorecards."""


def problems_of(scheme: Scheme) -> list[Problem]:
    """Everything that keeps the scheme from being submitted. A fixed number of queries."""
    cards = list(scheme.scorecards.prefetch_related(*WHOLE_CARDS))
    if not cards:
        return [Problem(str(scheme), _("There is no scorecard yet. Add one and place departments in it."))]
    found = [*grade_problems(scheme), *standing_problems(scheme)]
    for card in cards:
        found += [*card_problems(card), *cap_problems(card, [str(row.get("grade")) for row in scheme.grades])]
    return [*found, *rater_problems(cards), *fact_problems(scheme, cards)]


def standing_problems(scheme: Scheme) -> Iterator[Problem]:
    """What stands beside the scorecards and does not fit the grades and limits."""
    for field, where, text in standing_faults(scheme):
        yield Problem(where, text, field=field)


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
    """Weights and codes, whether anybody is judged by it, and what is wrong with its indicators in themselves."""
    indicators = list(card.indicators.all())
    places = list(card.assessed.all())
    if not places:
        yield Problem(card.name, _("No department is judged by it. Place some, or remove the scorecard."), card.pk)
    if not indicators:
        yield Problem(card.name, _("It has no indicator yet. Add one."), card.pk)
        return
    yield from coefficient_problems(card, places)
    total = sum((row.weight for row in indicators), Decimal(0))
    for name in scheme_errors([Proposed(row.code, row.weight) for row in indicators]):
        yield Problem(card.name, CARD_WORDS[name]() % {"total": f"{total.normalize():f}"}, card.pk)
    for row in indicators:
        for text in indicator_faults(row):
            yield Problem(f"{card.name} · {row.name}", text, card.pk, row.pk)


def cap_problems(card: Scorecard, grades: Sequence[str]) -> Iterator[Problem]:
    """Grades that an indicator leaves at best, and the scheme does not know."""
    for row in card.indicators.all():
        for key in LIMITING if row.method == Method.STEP else ():
            name = row.params.get(key)
            if name and name not in grades:
                text = _(
                    "“%(label)s” names %(grade)s, which is none of %(known)s: write one of these, or leave it empty."
                )
                words = {"label": key_words(key), "grade": name, "known": ", ".join(grades)}
                yield Problem(f"{card.name} · {row.name}", text % words, card.pk, row.pk)


CARD_WORDS = {
    "weights_sum": lambda: _("The weights add up to %(total)s. Make them exactly 100."),
    "weight_not_positive": lambda: _("Every weight must be above 0."),
    "duplicate_code": lambda: _("Two indicators have the same code. Give each its own."),
}


def coefficient_problems(card: Scorecard, places: Sequence[AssessedDepartment]) -> Iterator[Problem]:
    """A difficulty beyond all reason, as an older version may hold one."""
    wrong = [place for place in places if not LEAST_COEFFICIENT <= place.coefficient <= MOST_COEFFICIENT]
    if wrong:
        yield Problem(
            card.name,
            _("The difficulty of %(departments)s is not from 0.5 to 1.5. 1 means as everybody's.")
            % {"departments": listed([place.department.name for place in wrong])},
            card.pk,
        )


def warnings_of(scheme: Scheme) -> list[Problem]:
    """What is allowed and yet unusual, for whoever drafts or approves. At most eleven queries."""
    places = scheme.assessed.filter(coefficient__gte=LEAST_COEFFICIENT, coefficient__lte=MOST_COEFFICIENT)
    odd: dict[int, list[str]] = {}
    places = places.exclude(coefficient__gte=USUAL_COEFFICIENTS[0], coefficient__lte=USUAL_COEFFICIENTS[1])
    for card, name in places.values_list("scorecard", "department__name"):
        odd.setdefault(card, []).append(name)
    bare: dict[int, list[tuple[int, str]]] = {}
    lines = scheme.indicators.filter(clause="").order_by("position", "pk")
    for card, pk, name in lines.values_list("scorecard", "pk", "name"):
        bare.setdefault(card, []).append((pk, name))
    found: list[Problem] = []
    for one in scheme.scorecards.all() if odd or bare else ():
        if one.pk in bare:
            found.append(clause_warning(one, bare[one.pk]))
        if one.pk in odd:
            text = _("The difficulty of %(departments)s lies outside what is usual, 0.9 to 1.1.")
            found.append(Problem(one.name, text % {"departments": listed(odd[one.pk])}, one.pk))
    return [*found, *lapsing_targets(scheme, list(scheme.scorecards.prefetch_related(*WHOLE_CARDS)))]


def clause_warning(card: Scorecard, rows: Sequence[tuple[int, str]]) -> Problem:
    """Indicators (key, name) that cite no clause: a receipt cannot say by which rule of the company they are judged."""
    text = ngettext(
        "%(names)s cites no clause of the rules: write it under “Clause of the rules”, receipts show it.",
        "%(names)s cite no clause of the rules: write it under “Clause of the rules”, receipts show it.",
        len(rows),
    )
    only = rows[0][0] if len(rows) == 1 else None
    return Problem(card.name, text % {"names": listed([name for _pk, name in rows])}, card.pk, only)


def rater_problems(cards: Sequence[Scorecard]) -> Iterator[Problem]:
    """Raters without an account could never rate. Four queries at most."""
    rated = [
        (card, row)
        for card in cards
        for row in card.indicators.all()
        if row.method == Method.DESCRIPTIVE and not indicator_faults(row)
    ]
    known = raters_in(row for _card, row in rated)
    accounts = {user.pk for found in known.values() for user in found.values()}
    is_open, may_rate = (
        set(users.filter(pk__in=accounts).values_list("pk", flat=True)) if accounts else set()
        for users in (open_accounts(), users_with_capability(RATE))
    )
    for card, row, login in [(*where, name) for where in rated for name in names_of_raters(where[1])]:
        account = known[row.pk].get(login)
        if account is None:
            text = _("The rater “%(login)s” has no account of this e-mail. Name another, or have one opened.")
        elif account.pk not in is_open:
            text = _("The account of the rater “%(login)s” is closed. Name another.")
        elif account.pk not in may_rate:
            text = _("The rater “%(login)s” has no role that may rate. Name another, or have a role given.")
        else:
            continue
        words = {"login": account.email if account else login}
        yield Problem(f"{card.name} · {row.name}", text % words, card.pk, row.pk)


def fact_problems(scheme: Scheme, cards: Sequence[Scorecard]) -> Iterator[Problem]:
    """Whether each indicator of one figure can be scored in each of its departments in the first month: target set, rule
    fits; and whether every KPI of a composite has its target."""
    month = Month.of(scheme.valid.lower)
    asked = asked_of(cards, month)
    sheet = facts_asked(asked, month)
    dated = dated_targets([(one.row, one.place.department_id) for one in asked if not one.child], month)
    methods: dict[tuple[int, str | None, str | None], ReadMethod] = {}
    faults: dict[tuple[int, str], list[str]] = {}
    found: dict[int, Problem] = {}
    for one, fact in zip(asked, sheet, strict=True):
        text = child_fault(one, fact) if one.child else pair_fault(one.row, fact, dated, methods)
        if text:
            found.setdefault(one.row.pk, Problem(f"{one.card.name} · {one.row.name}", "", one.card.pk, one.row.pk))
            faults.setdefault((one.row.pk, text), []).append(one.place.department.name)
    for (pk, text), names in faults.items():
        yield replace(found[pk], text=text.replace(DEPARTMENTS, listed(names)))


class Asked(NamedTuple):
    """A KPI that is needed to judge an indicator in a department; CHILD: as which part of a composite."""

    card: Scorecard
    row: Indicator
    place: AssessedDepartment
    kpi: int
    child: str


def asked_of(cards: Sequence[Scorecard], month: Month) -> list[Asked]:
    """Every KPI that is needed to judge a department open at the end of MONTH. One query."""
    needed = {card.pk: [(row, *one) for row in card.indicators.all() for one in kpis_asked(row)] for card in cards}
    places = [(card, place) for card in cards for place in card.assessed.all()]
    open_ids = open_department_ids({place.department_id for _card, place in places}, month.last_day)
    return [
        Asked(card, row, place, kpi, child)
        for card, place in places
        if place.department_id in open_ids
        for row, kpi, child in needed[card.pk]
    ]


def facts_asked(asked: Sequence[Asked], month: Month) -> FactSheet:
    """What is known of each in MONTH, in their order. One query."""
    return month_facts(
        month=month, kpis=[one.kpi for one in asked], departments=[one.place.department_id for one in asked]
    )


def lapsing_targets(scheme: Scheme, cards: Sequence[Scorecard]) -> Iterator[Problem]:
    """Targets that are there in the first month of the scheme and no longer in the last one of its year, or of its own if
    it ends sooner: departments would have no score from somewhere in between. Three queries."""
    first = Month.of(scheme.valid.lower)
    last = stretch_of(PeriodKind.YEAR, first).last
    if scheme.valid.upper is not None:
        last = min(last, Month.of(scheme.valid.upper).plus(-1))
    asked = asked_of(cards, first)
    if not asked or last <= first:
        return
    names: dict[tuple[int, str], list[str]] = {}
    found: dict[int, Asked] = {}
    for one, then, at_last in zip(asked, facts_asked(asked, first), facts_asked(asked, last), strict=True):
        is_needed = one.child or needs_target(one.row.method, one.row.params)
        if is_needed and then.target is not None and at_last.target is None:
            found.setdefault(one.row.pk, one)
            names.setdefault((one.row.pk, one.child), []).append(one.place.department.name)
    text = _(
        "“%(kpi)s” has a target for %(departments)s at first and none in %(month)s: set one from the month on in which it "
        "ends, without it there is no score."
    )
    for (pk, child), places in names.items():
        one = found[pk]
        kpi = f"{one.row.name} ({child})" if child else one.row.name
        words = {"kpi": kpi, "departments": listed(places), "month": month_text(last)}
        yield Problem(f"{one.card.name} · {one.row.name}", text % words, one.card.pk, pk)


def kpis_asked(row: Indicator) -> Iterator[tuple[int, str]]:
    """(KPI, code of the child): its own without a code, or those of a composite; none where a fault is told already."""
    if indicator_faults(row):
        return
    if row.method in OF_ONE_FIGURE and row.kpi_id:
        yield row.kpi_id, ""
    elif row.method == Method.COMPOSITE:
        for child in row.params["children"]:
            yield int(child["kpi"]), str(child["code"])


def child_fault(one: Asked, fact: Fact) -> str:
    """What keeps a KPI of a composite from being judged; empty when nothing does."""
    if fact.target is not None:
        return ""
    return _("There is no target of %(kpi)s for {departments}. Set one, for each or for all.") % {"kpi": one.child}


def pair_fault(
    row: Indicator,
    fact: Fact,
    dated: Mapping[tuple[int, int], Any],
    methods: dict[tuple[int, str | None, str | None], ReadMethod],
) -> str:
    """What is wrong with an indicator in a department; empty when it can be scored. METHODS remembers what was read."""
    key = (row.pk, fact.floor, fact.stretch)
    if key not in methods:
        methods[key] = parse_method(row.method, params_of(row, fact, is_over=True))
    method = methods[key]
    if isinstance(method, ConfigError):
        return f"{config_words(method)} ({DEPARTMENTS})"
    target = dated.get((row.pk, fact.department), as_number(fact.target))
    if needs_target(row.method, row.params) and target is None:
        return _("There is no target for {departments}. Set one, for each or for all.")
    result = score(method, 0, target, row.weight)
    if result.status == Status.INVALID_CONFIG and result.problem is not None:
        return f"{config_words(result.problem)} ({DEPARTMENTS})"
    return ""


def listed(names: Sequence[str]) -> str:
    """The first few of many names."""
    shown = ", ".join(sorted(names)[:SHOWN])
    more = len(names) - SHOWN
    return shown if more <= 0 else _("%(names)s and %(count)s more") % {"names": shown, "count": more}
