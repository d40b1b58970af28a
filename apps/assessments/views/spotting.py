"""Rewards for one deed: proposed with evidence, and proposed to be taken back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments import services
from apps.assessments.forms.consequences import ReverseForm, SpotRewardForm
from apps.assessments.models import Reward
from apps.assessments.selectors.rewards import reward_for
from apps.assessments.views.frame import is_done, sent
from apps.assessments.views.rewards import PROPOSE, SPOT, reward_url
from apps.assessments.views.telling import scope_of, shown
from apps.core import clock
from apps.core.http.forms import form_response
from apps.staff.selectors import visible_people


@require_http_methods(["GET", "POST"])
@allow(SPOT)
def propose_spot_reward_page(request: HttpRequest) -> HttpResponse:
    """Who did what, what it is worth, and by what it is shown."""
    scope = scope_of(request)
    form = SpotRewardForm(
        sent(request), people=visible_people(scope), initial={"person": request.GET.get("person", "")}
    )
    made: list[Reward] = []

    def act() -> None:
        made.append(
            services.propose_spot_reward(deed=form.deed(), scope=scope, by=acting_user(request), now=clock.now())
        )

    if request.method == "POST" and form.is_valid() and is_done(form, act):
        messages.success(
            request, _("Proposed. Those who decide on rewards have been told; until then it does not count.")
        )
        return redirect(reward_url(made[0]))
    title = _("Reward a deed")
    return answered(
        request,
        form,
        title=title,
        subtitle=_("A reward for one deed, outside the month’s rule. Somebody else decides on it."),
        submit=_("Propose"),
        back_url=reverse("assessments:rewards_over_time"),
        way=[(title, "")],
    )


@require_http_methods(["GET", "POST"])
@allow(PROPOSE)
def reverse_reward_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Why an approved reward for a deed is taken back; then somebody else decides."""
    scope = scope_of(request)
    row = reward_for(scope, pk)
    services.require_reversible(row)
    form = ReverseForm(sent(request))
    made: list[Reward] = []

    def act() -> None:
        given: dict[str, Any] = {"scope": scope, "by": acting_user(request), "now": clock.now()}
        made.append(services.reverse_spot_reward(reward=pk, reason=form.cleaned_data["reason"], **given))

    if request.method == "POST" and form.is_valid() and is_done(form, act):
        messages.success(request, _("Proposed. It is set off once somebody else approves it."))
        return redirect(reward_url(made[0]))
    return answered(
        request,
        form,
        title=_("Take back a reward"),
        subtitle=_("%(person)s, %(amount)s: %(occasion)s")
        % {"person": row.person.name, "amount": shown(row.amount), "occasion": row.occasion},
        submit=_("Propose to take it back"),
        back_url=reward_url(row),
        way=[(row.person.name, reward_url(row)), (_("Take back"), "")],
    )


def answered(
    request: HttpRequest,
    form: Any,
    *,
    title: str,
    subtitle: str,
    submit: str,
    back_url: str,
    way: list[tuple[str, str]],
) -> HttpResponse:
    """The form's page; after a refusal with its status."""
    response = form_response(
        request,
        form=form,
        title=title,
        submit_label=submit,
        back_url=back_url,
        context={
            "subtitle": subtitle,
            "crumbs": [
                (_("Assessments"), reverse("assessments:list")),
                (_("Rewards"), reverse("assessments:rewards_over_time")),
                *way,
            ],
        },
    )
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response
