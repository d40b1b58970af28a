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
from apps.assessments.views.rating import COMPARE, RaterLine, crumbs_of, flag_words, flags_html, places, raters_tabs
from apps.assessments.views.telling import month_name, scope_of
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month

MOST_GROUPS = 5
APPRAISERS = ListSpec(
    name="appraisers",
    title=_("How personal parts were given"),
    columns=(
        Column("name", _("Given by"), kind="user", order_by="name"),
        Column("odd", _("What is odd"), value=flags_html, note="partners", is_page_only=True),
        Column("flags", _("What is odd"), value=flag_words, is_export_only=True),
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
    filters=(
        Filter("odd", _("Only odd ones"), kind="flag",
               apply=lambda rows, value: [row for row in rows if row.check.flags]),
    ),
    search=lambda rows, text: [row for row in rows if text.casefold() in row.name.casefold()],
    search_hint=_("Name of who gave them"),
    empty_title=_("No personal parts yet"),
    empty_text=_("Nobody has given a personal part for this month, or its rules score no people."),
    empty_icon="users",
)  # fmt: skip


@require_GET
@allow(COMPARE)
def appraisers_page(request: HttpRequest, month: Month) -> HttpResponseBase:
    """Signs that somebody gives personal parts otherwise than the others, for the COO and HR. Nothing follows by itself."""
    require_begun(month)
    checks, names = appraisers_in(scope_of(request), month)
    rows = [RaterLine(names[check.rater], check, "") for check in checks]
    rows.sort(key=lambda row: (not row.check.flags, row.name))
    context = {
        "title": APPRAISERS.title,
        "subtitle": month_name(month),
        "month": month,
        "crumbs": crumbs_of(month, APPRAISERS.title),
        "tabs": raters_tabs(month, "people"),
    }
    spec = replace(APPRAISERS, name=f"appraisers-{month}")
    return list_response(request, spec=spec, queryset=rows, template="assessments/appraisers.html", context=context)


def warning_lines(found: PeopleWarning) -> list[str]:
    """What is said where more people have the best grade than is recommended; empty where all is as recommended."""
    lines = []
    if found.whole:
        lines.append(
            _now("%(n)s people have %(grade)s; recommended are at most %(most)s, which is %(pct)s %%.")
            % {"n": found.whole.count, "grade": found.whole.grade, "most": found.whole.most, "pct": found.whole.pct}
        )
    groups = [
        _now("%(name)s: %(n)s of %(size)s, at most %(most)s")
        % {"name": one.name, "n": one.count, "size": one.size, "most": one.most}
        for one in found.groups[:MOST_GROUPS]
    ]
    more = len(found.groups) - MOST_GROUPS
    if more > 0:
        groups.append(_now("and %(n)s more") % {"n": more})
    if groups:
        lines.append(_now("Departments over it: %(groups)s.") % {"groups": "; ".join(groups)})
    return lines
