"""Every form page: one layout, what was typed stays, a refusal stands beside the field it belongs to.

form = HireForm(request.POST or None)
if request.method == "POST" and form.is_valid():
    try:
        person = services.hire_person(**form.cleaned_data, by=request.user, now=now())
    except Refusal as refusal:
        add_refusal(form, refusal)
    else:
        messages.success(request, _("Hired."))
        return redirect("staff:detail", person.pk)
return form_response(request, form=form, title=_("Hire"), submit_label=_("Hire"), back_url=reverse("staff:list"))
"""

from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm, ChoiceField, Field, ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Refusal

SAVE = _("Save")
CHOOSE = _("Choose …")
NONE = _("None")
DASHES = "---------"


def add_refusal(form: BaseForm, refusal: Refusal) -> None:
    """Put a service's refusal into the form: beside its field if the form has it, above the form else."""
    field = refusal.field if refusal.field in form.fields else None
    message = str(refusal.message)
    if field is None:
        form.add_error(None, message)
    else:
        # add_error drops the cleaned value of the field; the typed one stays in form.data and is shown again.
        form.add_error(field, message)


def with_helper(form: Any) -> Any:
    """Give the form a crispy helper that leaves the form tag and the token to the layout."""
    helper = getattr(form, "helper", None) or FormHelper(form)
    helper.form_tag = False
    helper.disable_csrf = True
    form.helper = helper
    for field in form.fields.values():
        name_empty_choice(field)
    return form


def name_empty_choice(field: Field) -> None:
    """Say what the empty choice means where Django draws a row of dashes."""
    words = CHOOSE if field.required else NONE
    if isinstance(field, ModelChoiceField):
        if field.empty_label == DASHES:
            field.empty_label = words
    elif isinstance(field, ChoiceField) and not callable(field.choices):
        field.choices = [(value, words if label == DASHES else label) for value, label in field.choices]


def problem_count(form: BaseForm) -> int:
    """How many fields have something wrong; 0 before the form was sent."""
    return len([name for name in form.errors if name != NON_FIELD_ERRORS]) if form.is_bound else 0


def form_response(
    request: HttpRequest,
    *,
    form: Any,
    title: Any,
    submit_label: Any = SAVE,
    back_url: str = "",
    template: str = "layouts/form.html",
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Answer a form page: 200 when it is opened, 422 when something must be mended (typed input kept).

    Further context: `subtitle`, `intro` (a sentence above the form), `tone` ("danger" for what cannot be undone),
    `aside_template` (a panel beside the form), `is_multipart` (worked out from the form when left out)."""
    has_problem = form.is_bound and bool(form.errors)
    return render(
        request,
        template,
        {
            "form": with_helper(form),
            "title": title,
            "submit_label": submit_label,
            "back_url": back_url,
            "problem_count": problem_count(form),
            "is_multipart": form.is_multipart(),
            **(context or {}),
        },
        status=422 if has_problem else 200,
    )
