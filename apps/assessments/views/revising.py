"""A published month is corrected: whose figures are read again, and why. A draft is put aside."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments import services
from apps.assessments.models import Appeal, ScoreRun
from apps.assessments.selectors.board import assessed_in, place_of
from apps.assessments.selectors.descent import appeals_carried
from apps.assessments.views.frame import is_done, sent
from apps.assessments.views.telling import month_name, scope_of
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.http.forms import form_response
from apps.core.month import Month

WHY = gettext_lazy("Why the published scores are corrected")


class ReasonForm(forms.Form):
    """Nothing is done to a month without saying why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": gettext_lazy("Say why: everybody who reads the scores sees it.")},
    )


class ReviseForm(ReasonForm):
    """Whose figures are read again. Targets, weights and everybody else's scores stay as published."""

    departments = forms.MultipleChoiceField(
        label=gettext_lazy(
            "Departments whose reported figures, bonuses, deductions, vetoes or exemptions have changed"
        ),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Tick at least one department.")},
    )
    field_order = ("departments", "reason")

    def __init__(self, *args: Any, run: ScoreRun, is_of_a_person: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["departments"]
        field.required = not is_of_a_person
        field.choices = [(str(pk), name) for pk, name in assessed_in(run)]
        self.fields["reason"].label = WHY


def crumbs_to(month: Month, title: Any) -> list[tuple[Any, str]]:
    """The way to a page of a month."""
    return [
        (_("Assessments"), reverse("assessments:list")),
        (month_name(month), reverse("assessments:month", args=[month])),
        (title, ""),
    ]


@require_http_methods(["GET", "POST"])
@allow("assessments.compute")
def revise_page(request: HttpRequest, month: Month) -> HttpResponse:
    """Ask whose figures are read again and why; the corrected draft is made at once."""
    place = place_of(scope_of(request), month)
    if place is None or place.published is None:
        raise NotFound(
            _("%(month)s is not published: there is nothing to correct. Work it out again instead.")
            % {"month": month_name(month)}
        )
    appeals = appeals_carried(place.draft) if place.draft else []
    people = [str(one.person) for one in appeals if one.person]
    form = ReviseForm(sent(request), run=place.published, is_of_a_person=bool(people))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        keys = [int(pk) for pk in given["departments"]]
        if is_done(
            form,
            lambda: services.revise_departments(
                month=month, departments=keys, reason=given["reason"], by=acting_user(request), now=clock.now()
            ),
        ):
            messages.success(request, _("The corrected draft is ready. Look at it, then hand it in for approval."))
            return redirect("assessments:month", month)
    intro = _(
        "Everything else stays as it was published, whatever has changed since: targets, weights, the tree, other "
        "departments. The published scores stay until the corrected ones are approved and published beside them."
    )
    if appeals:
        intro = f"{going_on_words(appeals, people)} {intro}"
    return answered(request, form, month, title=_("Correct published scores"), label=_("Make the draft"), intro=intro)


def going_on_words(appeals: Sequence[Appeal], people: Sequence[str]) -> str:
    """What becomes of a draft that carries out rulings when it is corrected once more."""
    names = ", ".join(str(one) for one in appeals)
    words = _("What was granted on %(appeals)s stays in the draft, which becomes its next version.") % {
        "appeals": names
    }
    if not people:
        return words
    again = _("The personal part of %(people)s is read again as well.") % {"people": ", ".join(people)}
    return f"{words} {again}"


@require_http_methods(["GET", "POST"])
@allow("assessments.compute")
def discard_draft_page(request: HttpRequest, month: Month) -> HttpResponse:
    """Put the draft aside; what is published stays."""
    place = place_of(scope_of(request), month)
    if place is None or place.draft is None:
        raise NotFound(_("%(month)s has no draft. Go back to its board.") % {"month": month_name(month)})
    form = ReasonForm(sent(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if is_done(
            form, lambda: services.discard_draft(month=month, reason=reason, by=acting_user(request), now=clock.now())
        ):
            messages.success(request, _("The draft is put aside. It stays readable as an older version."))
            return redirect("assessments:month", month)
    intro = _("The draft is no longer worked on and stays readable as an older version.")
    return answered(request, form, month, title=_("Put the draft aside"), label=_("Put aside"), intro=intro)


def answered(request: HttpRequest, form: Any, month: Month, *, title: Any, label: Any, intro: Any) -> HttpResponse:
    """The form on its page; what a service refused keeps its own status."""
    context = {"subtitle": month_name(month), "intro": intro, "crumbs": crumbs_to(month, title)}
    back = reverse("assessments:month", args=[month])
    response = form_response(request, form=form, title=title, submit_label=label, back_url=back, context=context)
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response
