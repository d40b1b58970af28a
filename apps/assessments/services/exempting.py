"""A line approved as not applicable: an entry of the register like a bonus, proposed with reason and evidence, confirmed by
somebody else. Once confirmed its weight leaves the sum, whatever the scheme says of missing values (DOMAIN.md section 1)."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.assessments.choices import Presence
from apps.assessments.models import Indicator, Scheme
from apps.assessments.rules.plain import plain_params
from apps.assessments.rules.results import Status
from apps.assessments.rules.scoring import parse_method
from apps.assessments.selectors.exemptions import line_named, lines_of_card
from apps.assessments.selectors.facts import figures, reported
from apps.assessments.selectors.parts import has_parts, parts_with_value
from apps.assessments.services.judging import given_to, result_of_report
from apps.assessments.services.method_words import shown
from apps.assessments.services.registers import WrongAdjustment
from apps.core.month import Month
from apps.core.wording import month_text


def require_line(scheme: Scheme, department: Any, code: str) -> Indicator:
    """The line that is meant; refuses one that is not in the department's scorecard, and names those that are."""
    found = line_named(scheme, department.pk, code)
    if found is not None:
        return found
    known = lines_of_card(scheme, department.pk)
    raise WrongAdjustment(
        _("“%(code)s” is no line of %(place)s. Choose one of its scorecard: %(known)s.")
        % {
            "code": code,
            "place": department.name,
            "known": ", ".join(f"{name} ({key})" for key, name in known.values_list("code", "name")),
        },
        field="code",
    )


def require_no_value(indicator: Indicator, department: Any, month: Month) -> None:
    """Refuse a line of which something was reported, naming that: what has a value applies. Two queries at most."""
    value = value_of(indicator, department.pk, month)
    if not value:
        return
    words = {"line": indicator.name, "place": department.name, "month": month_text(month), "value": value}
    raise WrongAdjustment(
        _(
            "%(line)s of %(place)s has a value in %(month)s: %(value)s. What was reported is judged, however poor. Let "
            "whoever reports it correct it to “nothing to measure” first, if it was reported by mistake."
        )
        % words
        if indicator.kpi_id is not None
        else _(
            "%(line)s of %(place)s was reported for %(month)s already (%(value)s). What was reported is judged: correct the "
            "report if it is wrong."
        )
        % words,
        field="code",
    )


def value_of(indicator: Indicator, department: int, month: Month) -> str:
    """What there is to judge of a line, in a word or two; empty where nothing is, or too little to be judged."""
    if indicator.kpi_id is not None:
        fact = next(iter(figures(month=month, kpis=[indicator.kpi_id], departments=[department])))
        return shown(fact.value) if fact.presence == Presence.NUMBER else ""
    told = reported([(indicator, department)], month).get((indicator.pk, department))
    if given_to(indicator, told) is None:
        return ""
    params = plain_params(indicator.method, indicator.params)
    result = result_of_report(indicator, parse_method(indicator.method, params), params, told)
    if result.status == Status.INVALID_CONFIG and has_parts(indicator):
        # A part that has a value and no target: it is judged once that is set.
        count = len(parts_with_value(indicator, told))
        return ngettext("%(n)s part", "%(n)s parts", count) % {"n": count}
    return _("%(points)s points") % {"points": shown(result.points)} if result.status == Status.SCORED else ""
