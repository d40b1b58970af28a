"""What the pages of schemes share: the way to them, drafts only, and a refusal that keeps what was typed."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.assessments.choices import SchemeState
from apps.assessments.models import Scheme, Scorecard
from apps.assessments.services import require_draft
from apps.core.errors import Refusal
from apps.core.http.cells import Badge
from apps.core.http.forms import add_refusal, form_response
from apps.core.month import Month
from apps.core.scope import Scope

EDIT = "assessments.edit_schemes"
VIEW = "assessments.view_schemes"
TONES = {
    SchemeState.DRAFT: "neutral",
    SchemeState.SUBMITTED: "info",
    SchemeState.APPROVED: "success",
    SchemeState.DISCARDED: "neutral",
}


def scope_of(request: HttpRequest) -> Scope:
    """The person's scope."""
    return request.scope  # type: ignore[attr-defined, no-any-return]


def sent(request: HttpRequest) -> Any:
    """What a form is filled with: what was sent, even if it is nothing; None when the page is only opened."""
    return request.POST if request.method == "POST" else None


def state_badge(scheme: Scheme) -> Badge:
    """Where a scheme stands."""
    return Badge(scheme.get_state_display(), TONES[SchemeState(scheme.state)])


def months_words(scheme: Scheme) -> str:
    """The months a scheme is, or is meant to be, in force: "from Jan 2026", "Jan 2026 – Jun 2026"."""
    first, end = scheme.valid.lower, scheme.valid.upper
    start = date_format(first, "M Y")
    if end is None:
        return _("from %(month)s on") % {"month": start}
    last = date_format(Month.of(end).plus(-1).first_day, "M Y")
    return start if start == last else f"{start} – {last}"


def crumbs_of(scheme: Scheme | None, title: str) -> list[tuple[Any, str]]:
    """The way to a page."""
    way: list[tuple[Any, str]] = [(_("Schemes"), reverse("assessments:schemes"))]
    return [*way, *([(str(scheme), scheme.get_absolute_url())] if scheme else []), (title, "")]


def place_in(card: Scorecard) -> str:
    """A scorecard on the page of its scheme."""
    return f"{card.scheme.get_absolute_url()}#card-{card.pk}"


def draft_of(scheme: Scheme) -> Scheme:
    """The scheme, if it is a draft; else the page says where it stands (409)."""
    require_draft(scheme)
    return scheme


def is_done(form: Any, act: Callable[[], Any]) -> bool:
    """Whether ACT went through; else its refusal stands in the form, beside what was typed."""
    try:
        act()
    except Refusal as refusal:
        add_refusal(form, refusal)
        form.refused_with = refusal.status
        return False
    return True


def scheme_form(
    request: HttpRequest, *, form: Any, title: str, scheme: Scheme | None, context: Mapping[str, Any], **options: Any
) -> HttpResponse:
    """A form of a scheme; 422 where something must be mended, 409 where somebody was faster."""
    back = options.pop("back_url", "") or (scheme.get_absolute_url() if scheme else reverse("assessments:schemes"))
    more = {"crumbs": crumbs_of(scheme, title), **context}
    response = form_response(request, form=form, title=title, back_url=back, context=more, **options)
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response
