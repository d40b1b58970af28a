"""Two versions of the rules side by side: what came, what went, what is otherwise."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments import selectors
from apps.assessments.models import Scheme
from apps.assessments.selectors.bases import turn_of
from apps.assessments.services.comparing import compared_schemes
from apps.assessments.views.bases import turn_words
from apps.assessments.views.frame import VIEW, crumbs_of, months_words, scope_of, state_badge


@require_GET
@allow(VIEW)
def compare_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What is otherwise than in another version: the one it was copied from, or the one asked for."""
    scope = scope_of(request)
    scheme = selectors.scheme_for(scope, pk)
    found = compared_schemes(scheme, scope, asked=request.GET.get("with", ""))
    other, turn = found.other, turn_of(scheme)
    title = _("Compare versions")
    return render(
        request,
        "assessments/compare.html",
        {
            "title": title,
            "subtitle": str(scheme),
            "crumbs": crumbs_of(scheme, title),
            "scheme": scheme,
            "other": other,
            "heads": [head_of(one) for one in (other, scheme) if one],
            "others": list(selectors.others_than(scope, scheme).order_by("-version")[:100]),
            "groups": found.groups,
            "basis": turn_words(turn) if turn and other == turn.old else "",
        },
    )  # fmt: skip


def head_of(scheme: Scheme) -> dict[str, Any]:
    """A version above its column."""
    return {"scheme": scheme, "months": months_words(scheme), "state": state_badge(scheme)}
