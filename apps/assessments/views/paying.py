"""Pay bases: everybody with the base of today, those without one, and setting one from a month on."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments import services
from apps.assessments.forms.consequences import PayBaseForm
from apps.assessments.selectors.rewards import pay_bases_of, people_with_bases, sees_rewards
from apps.assessments.views.frame import is_done, sent
from apps.assessments.views.rewards import PROPOSE
from apps.assessments.views.telling import scope_of, shown
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.http.forms import form_response
from apps.core.http.listing import Column, Filter, ListSpec, list_response
from apps.core.month import Month
from apps.staff.choices import PersonState
from apps.staff.selectors import in_state, person_for

EXISTS = (("yes", _("With a base")), ("no", _("Without a base")))


def having(rows: Any, value: str) -> Any:
    """People with or without a base today."""
    return rows.filter(base_amount__isnull=value == "no")


def base_url(row: Any) -> str:
    """The page on which a person's base is set."""
    return reverse("assessments:set_pay_base", args=[row.pk])


BASES = ListSpec(
    name="pay-bases",
    title=_("Pay bases"),
    subtitle=_("The monthly amount a person’s reward is reckoned from."),
    columns=(
        Column("name", _("Person"), kind="user", order_by="name", note="number", url=base_url),
        Column("number", _("Staff number"), is_export_only=True),
        Column("base_amount", _("Monthly base"), kind="number", order_by="base_amount", nulls_last=True),
        Column("base_since", _("Since"), kind="month", order_by="base_since", nulls_last=True),
    ),
    filters=(Filter("has", _("Base"), choices=EXISTS, apply=having),),
    search=("name__icontains", "number__istartswith"),
    search_hint=_("Name or staff number"),
    default_order="name",
    empty_title=_("Nobody is employed here yet"),
    empty_icon="coins",
)


@require_GET
@allow("assessments.view_rewards")
def pay_bases_page(request: HttpRequest) -> HttpResponseBase:
    """Everybody employed, with the base of today."""
    scope = scope_of(request)
    if not sees_rewards(scope):
        raise NotFound(
            gettext_now("There are no pay bases you may see. HR, the COO and the GM work on them: ask one of them.")
        )
    rows = in_state(people_with_bases(scope, clock.today()), PersonState.EMPLOYED, clock.today())
    context = {
        "crumbs": [(_("Assessments"), reverse("assessments:list")), (_("Pay bases"), "")],
        "may_import": scope.may(PROPOSE),
    }
    return list_response(request, spec=BASES, queryset=rows, template="assessments/pay_bases.html", context=context)


@require_http_methods(["GET", "POST"])
@allow("assessments.view_rewards")
def pay_base_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's bases over time; HR sets one from a month on."""
    scope = scope_of(request)
    person = person_for(scope=scope, pk=pk)
    history = pay_bases_of(scope, person)
    form = PayBaseForm(sent(request), initial={"month": str(Month.of(clock.today()))})
    title = gettext_now("Pay base of %(person)s") % {"person": person.name}
    may_set, is_own = scope.may(PROPOSE), person.user_id == acting_user(request).pk
    if request.method == "POST" and may_set and form.is_valid():
        given: dict[str, Any] = form.cleaned_data

        def act() -> object:
            return services.set_pay_base(person=person, **given, by=acting_user(request))

        if is_done(form, act):
            messages.success(
                request,
                gettext_now("From %(month)s on the base is %(amount)s.")
                % {"month": given["month"], "amount": shown(given["amount"])},
            )
            return redirect("assessments:set_pay_base", person.pk)
    response = form_response(
        request,
        form=form,
        title=title,
        back_url=reverse("assessments:pay_bases"),
        template="assessments/pay_base.html",
        context={
            "history": [
                {"since": row.valid.lower, "until": row.valid.upper, "amount": shown(row.base_amount)}
                for row in history
            ],
            "may_set": may_set and not is_own,
            "own_words": services.own_base_words() if may_set and is_own else "",
            "crumbs": [(_("Assessments"), reverse("assessments:list")),
                       (_("Pay bases"), reverse("assessments:pay_bases")), (person.name, "")],
        },
    )  # fmt: skip
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response
