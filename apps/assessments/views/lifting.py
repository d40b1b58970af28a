"""Taking a confirmed bonus, deduction, veto or exemption back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments.choices import AdjustmentState
from apps.assessments.forms.adjusting import LiftForm
from apps.assessments.models import Adjustment
from apps.assessments.selectors.adjustments import adjustment_for
from apps.assessments.services.confirming import CONFIRM, require_confirmer
from apps.assessments.services.lifting import Lift, last_month_hit, lift_adjustment
from apps.assessments.services.registers import Decided
from apps.assessments.views.adjustments import register_crumbs
from apps.assessments.views.frame import is_done, sent
from apps.assessments.views.telling import scope_of
from apps.core import clock
from apps.core.http.forms import form_response
from apps.core.month import Month


@require_http_methods(["GET", "POST"])
@allow(CONFIRM)
def lift_adjustment_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what is confirmed, from a month on."""
    row = adjustment_for(scope_of(request), pk)
    first = first_month_to_lift(row)
    require_confirmer(adjustment=row, user=acting_user(request), now=clock.now())
    form = LiftForm(sent(request), initial={"from_month": str(first)})

    def act() -> object:
        lift = Lift(**form.cleaned_data)
        return lift_adjustment(adjustment=row, lift=lift, by=acting_user(request), now=clock.now())

    if request.method == "POST" and form.is_valid() and is_done(form, act):
        messages.success(request, _("Lifted. Published months keep it until they are revised."))
        return redirect(row)
    response = form_response(
        request,
        form=form,
        title=_("Lift: %(name)s") % {"name": row.name},
        submit_label=_("Lift it"),
        back_url=row.get_absolute_url(),
        context={
            "intro": _(
                "It stays in the register as it was confirmed, with this beside it. Months that are published keep it until "
                "they are revised."
            ),
            "tone": "danger",
            "crumbs": [*register_crumbs(), (row.name, row.get_absolute_url()), (_("Lift"), "")],
        },
    )
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response


def first_month_to_lift(row: Adjustment) -> Month:
    """The first month it hits. Refuses what is not confirmed, and what was lifted altogether."""
    if row.state != AdjustmentState.CONFIRMED or last_month_hit(row) is None:
        text = _("This is “%(state)s”: only what is confirmed, and so counts, is lifted.")
        state = _("Lifted") if row.state == AdjustmentState.CONFIRMED else row.get_state_display()
        raise Decided(text % {"state": state}, details={"state": row.state})
    return Month.of(row.month)
