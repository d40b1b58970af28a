"""How personal parts of people's scores were given in a month: the list that stands beside that of the raters."""

from dataclasses import replace

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.selectors.appraisers import PeopleWarning, appraisers_in
from apps.assessments.views.entries import require_begun
from apps.assessments.views.rating import COMPARE, ODD, OF_CHECKS, checks_context, places, rater_lines
from apps.assessments.views.telling import scope_of
from apps.core.http.listing import Column, ListSpec, list_response
from apps.core.month import Month

MOST_GROUPS = 5
APPRAISERS = ListSpec(
    name="appraisers",
    title=_("How personal parts were given"),
    columns=(
        Column("name", _("Given by"), kind="user", order_by="name"),
        *ODD,
        Column("count", _("People"), value="check.count", kind="number", order_by="count"),
        Column("mean", _("Mean, points"), value=lambda row: places(row.check.mean), kind="number", order_by="mean"),
        Column("leniency", _("Above others, same people"), value=lambda row: places(row.check.leniency), kind="number",
               order_by="leniency"),
        Column("apart", _("Above others, their people"), value=lambda row: places(row.check.apart), kind="number",
               order_by="apart"),
        Column("spread", _("Spread"), value=lambda row: places(row.check.spread), kind="number", order_by="spread"),
        Column("level", _("Most given"), value="check.top_level",
               note=lambda row: f"{places(row.check.top_share * 100, 0)} %"),
    ),
    search_hint=_("Name of who gave them"),
    empty_title=_("No personal parts yet"),
    empty_text=_("Nobody has given a personal part for this month, or its rules score no people."),
    **OF_CHECKS,
)  # fmt: skip


@require_GET
@allow(COMPARE)
def appraisers_page(request: HttpRequest, month: Month) -> HttpResponseBase:
    """Signs that somebody gives personal parts otherwise than the others, for the COO and HR. Nothing follows by itself."""
    require_begun(month)
    lines = rater_lines(*appraisers_in(scope_of(request), month))
    context = checks_context(APPRAISERS, month, "people")
    spec = replace(APPRAISERS, name=f"appraisers-{month}")
    return list_response(request, spec=spec, queryset=lines, template="assessments/appraisers.html", context=context)


def warning_lines(found: PeopleWarning) -> list[str]:
    """What is said where more people have a grade than is recommended; empty where all is as recommended."""
    lines = [
        _now("%(n)s people have %(grade)s; recommended are at most %(most)s, which is %(pct)s %%.")
        % {"n": one.count, "grade": one.grade, "most": one.most, "pct": one.pct}
        for one in found.whole
    ]
    is_several = len({one.grade for one in found.groups}) > 1
    groups = [
        (_now("%(name)s, %(grade)s: %(n)s of %(size)s, at most %(most)s") if is_several
         else _now("%(name)s: %(n)s of %(size)s, at most %(most)s"))
        % {"name": one.name, "n": one.count, "size": one.size, "most": one.most, "grade": one.grade}
        for one in found.groups[:MOST_GROUPS]
    ]  # fmt: skip
    more = len(found.groups) - MOST_GROUPS
    if more > 0:
        groups.append(_now("and %(n)s more") % {"n": more})
    if groups:
        lines.append(_now("Departments over it: %(groups)s.") % {"groups": "; ".join(groups)})
    return lines
