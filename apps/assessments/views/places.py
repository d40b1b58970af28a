"""Which departments a scorecard judges."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments import selectors, services
from apps.assessments.forms.places import ALIKE, PlacesForm, rows_of
from apps.assessments.models import Scorecard
from apps.assessments.views.drafting import BOTH, card_for
from apps.assessments.views.frame import EDIT, is_done, place_in, scheme_form, scope_of, sent
from apps.core.scope import Scope
from apps.departments.models import Department
from apps.departments.selectors import search_departments, subtree_ids, visible_departments

FOUND = 40


@require_http_methods(BOTH)
@allow(EDIT)
def place_departments_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Paste, search and tick, or add a whole branch; all of it together is what holds."""
    scope = scope_of(request)
    card = card_for(scope, pk)
    choices = visible_departments(scope, day=card.scheme.valid.lower).order_by("name", "pk")
    start = {"rows": rows_of(selectors.places_of(card)), "difficulty": ALIKE}
    form = PlacesForm(sent(request), choices=choices, initial=start)
    is_search = "search" in request.POST
    if request.method == "POST" and not is_search and form.is_valid():
        wanted = all_of(form.cleaned_data, card, scope)
        if is_done(
            form, lambda: services.place_departments(scorecard=card, departments=wanted, by=acting_user(request))
        ):
            count = len(wanted)
            words = ngettext("One department is placed.", "%(count)s departments are placed.", count)
            messages.success(request, words % {"count": count})
            return redirect(place_in(card))
    if is_search:
        # Looking for departments stores nothing and refuses nothing: what was typed is drawn again.
        form = form.redrawn()
    found = found_departments(scope, choices, request)
    title = _("Departments of %(card)s") % {"card": card.name}
    return scheme_form(
        request,
        form=form,
        title=title,
        scheme=card.scheme,
        back_url=place_in(card),
        template="assessments/places.html",
        context={"found": found, "card": card, "is_search": is_search, "q": request.POST.get("q", "")},
    )


def all_of(given: dict[str, Any], card: Scorecard, scope: Scope) -> dict[Department, Decimal]:
    """The lines, what was ticked, and the branch; what stands in a line keeps its own difficulty."""
    difficulty = ALIKE if given["difficulty"] is None else given["difficulty"]
    added = list(given["pick"])
    if given["branch"] is not None:
        day = card.scheme.valid.lower
        added += visible_departments(scope, day=day).filter(pk__in=subtree_ids(given["branch"], day))
    return {**dict.fromkeys(added, difficulty), **given["rows"]}


def found_departments(scope: Scope, choices: Any, request: HttpRequest) -> list[dict[str, Any]]:
    """What the search found, and what was ticked before; the ticks stay."""
    ticked = {int(text) for text in request.POST.getlist("pick") if text.isdecimal() and len(text) < 18}
    text = request.POST.get("q", "").replace("\x00", "").strip()[:100]
    rows = list(choices.filter(pk__in=ticked))
    if text:
        known = {row.pk for row in rows}
        hits = choices.filter(pk__in=search_departments(scope, text).values("pk"))[:FOUND]
        rows += [row for row in hits if row.pk not in known]
    return [{"pk": row.pk, "name": row.name, "code": row.code, "is_ticked": row.pk in ticked} for row in rows]
