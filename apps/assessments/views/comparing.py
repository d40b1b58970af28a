"""Two versions of the rules side by side: what came, what went, what is otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments import selectors
from apps.assessments.choices import SchemeState
from apps.assessments.models import Scheme
from apps.assessments.selectors import Sheet
from apps.assessments.selectors.bases import turn_of
from apps.assessments.services.changes import terms_words
from apps.assessments.views.bases import turn_words
from apps.assessments.views.frame import VIEW, crumbs_of, months_words, scope_of, state_badge
from apps.assessments.views.words import grade_facts, limit_facts, standing_facts, weight_text
from apps.core.errors import NotFound

ALL_PLACES = None


@dataclass(frozen=True, slots=True)
class Row:
    """One difference. Empty BEFORE: it came; empty AFTER: it went."""

    label: str
    before: str
    after: str

    @property
    def kind(self) -> str:
        if not self.before:
            return "added"
        return "changed" if self.after else "removed"


@require_GET
@allow(VIEW)
def compare_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What is otherwise than in another version: the one it was copied from, or the one asked for."""
    scope = scope_of(request)
    scheme = selectors.scheme_for(scope, pk)
    others = selectors.visible_schemes(scope).exclude(pk=pk).exclude(state=SchemeState.DISCARDED)
    other = other_of(scheme, others, request.GET.get("with", ""))
    groups: list[dict[str, Any]] = []
    turn = turn_of(scheme)
    if other is not None:
        sheets = [selectors.sheets_of(one, scope, most=ALL_PLACES) for one in (other, scheme)]
        groups = groups_of(other, scheme, *sheets)
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
            "others": list(others.order_by("-version")[:100]),
            "groups": groups,
            "basis": turn_words(turn) if turn and other == turn.old else "",
        },
    )  # fmt: skip


def head_of(scheme: Scheme) -> dict[str, Any]:
    """A version above its column."""
    return {"scheme": scheme, "months": months_words(scheme), "state": state_badge(scheme)}


def other_of(scheme: Scheme, others: Any, asked: str) -> Scheme | None:
    """The version to compare with; NotFound for one that is not there."""
    if asked:
        found: Scheme | None = others.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 18 else None
        if found is None:
            raise NotFound(_("There is no such scheme to compare with. Choose one of the list."))
        return found
    basis: Scheme | None = others.filter(pk=scheme.basis_id).first() if scheme.basis_id else None
    earlier: Scheme | None = others.filter(version__lt=scheme.version).order_by("-version").first()
    return basis or earlier


def groups_of(before: Scheme, after: Scheme, old: Sequence[Sheet], new: Sequence[Sheet]) -> list[dict[str, Any]]:
    """Differences by where they stand: the whole, each scorecard, the departments."""
    former, later = ({sheet.card.name: sheet for sheet in sheets} for sheets in (old, new))
    found = [{"title": _("Limits and grades"), "rows": list(rows_of(whole_words(before), whole_words(after)))}]
    for one, other in zip(standing_facts(before), standing_facts(after), strict=True):
        rows = list(rows_of(*({str(label): text for label, text in part["facts"]} for part in (one, other))))
        found.append({"title": one["title"], "rows": rows})
    for name in dict.fromkeys([*later, *former]):
        rows = list(rows_of(*(card_words(sheets.get(name)) for sheets in (former, later))))
        found.append({"title": name, "rows": rows})
    found.append({"title": _("Departments"), "rows": list(rows_of(place_words(old), place_words(new)))})
    return [group for group in found if group["rows"]]


def rows_of(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Row]:
    """Where the two say different things."""
    for label in dict.fromkeys([*after, *before]):
        row = Row(label, before.get(label, ""), after.get(label, ""))
        if row.before != row.after:
            yield row


def whole_words(scheme: Scheme) -> dict[str, str]:
    """What holds for all scorecards, in words."""
    return {str(label): value for label, value in (*limit_facts(scheme), *grade_facts(scheme))}


def card_words(sheet: Sheet | None) -> dict[str, str]:
    """Indicators by code, in words."""
    return {f"{row.code} · {row.name}": terms_words(row) for row in (sheet.indicators if sheet else ())}


def place_words(sheets: Sequence[Sheet]) -> dict[str, str]:
    """Departments with the scorecard and difficulty they are judged by."""
    return {
        f"{place.department.name} ({place.department.code})": _("%(card)s, difficulty %(number)s")
        % {"card": sheet.card.name, "number": weight_text(place.coefficient)}
        for sheet in sheets
        for place in sheet.places
    }
