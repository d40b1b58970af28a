"""The rules that score the reader: for everybody who is scored, whether or not they may read all of the rules."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.selectors.own_rules import OWN, OwnRules, own_rules
from apps.assessments.services.scheme_words import grade_facts, limit_facts, standing_parts
from apps.assessments.views.frame import VIEW, months_words, scope_of
from apps.assessments.views.schemes import card_lines
from apps.assessments.views.telling import url_or_nothing
from apps.core import clock
from apps.core.month import Month
from apps.core.scope import Scope
from apps.core.wording import month_text

NOT_SCORING = "rewards"
"""What follows from a score does not make one."""


def rules_url(scope: Scope, scheme: int, month: Month) -> str:
    """Where the rules of a score can be read: all of them, or those that score the reader; empty for neither."""
    if scope.may(VIEW):
        return url_or_nothing("assessments:scheme", scheme)
    is_own = scope.may(OWN) and not scope.is_company
    return f"{url_or_nothing('assessments:own_rules')}?month={month}" if is_own else ""


@require_GET
@allow(OWN)
def own_rules_page(request: HttpRequest) -> HttpResponse:
    """By what the reader's own departments are scored; `?month=` asks for another month."""
    scope, month = scope_of(request), asked_month(request)
    found = own_rules(scope, month)
    title = _("Rules that score me")
    return render(
        request,
        "assessments/own_rules.html",
        {
            "title": title,
            "subtitle": _("As they hold for %(month)s, for your own department and what you lead.")
            % {"month": month_text(month)},
            "crumbs": [(_("Assessments"), reverse("assessments:list")), (title, "")],
            "month": month,
            "latest": Month.of(clock.today()),
            **(rules_context(found, scope) if found else {}),
        },
    )


def rules_context(found: OwnRules, scope: Scope) -> dict[str, Any]:
    """The rules as the page draws them."""
    scheme = found.scheme
    return {
        "scheme": scheme,
        "months": months_words(scheme),
        "cards": [card_lines(sheet, scope) for sheet in found.sheets],
        "parts": [
            {"title": _("Limits"), "facts": limit_facts(scheme)},
            {"title": _("Grades"), "facts": grade_facts(scheme)},
            *({"title": one.title, "facts": one.facts} for one in standing_parts(scheme) if one.code != NOT_SCORING),
        ],
    }


def asked_month(request: HttpRequest) -> Month:
    """The month of the address; the present one where none is named, or nonsense."""
    today = Month.of(clock.today())
    try:
        return min(Month.parse(request.GET.get("month", "")), today)
    except ValueError:
        return today
