"""A published month is corrected: whose figures are read again, and why. A draft is put aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from apps.accounts.http.access import acting_user, allow
from apps.assessments import services
from apps.assessments.forms.rows import Redrawn
from apps.assessments.models import Appeal, ScoreRun
from apps.assessments.rules.placements import Placement
from apps.assessments.selectors.board import assessed_in, place_of
from apps.assessments.selectors.descent import appeals_carried
from apps.assessments.services.placing import placement_words, placements_beside
from apps.assessments.views.frame import is_done, sent
from apps.assessments.views.telling import month_name, scope_of
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.http.forms import form_response
from apps.core.http.keys import sent_key
from apps.core.month import Month
from apps.staff.models import Person
from apps.staff.selectors import search_people, visible_people

MOST_FOUND = 20
WHY = gettext_lazy("Why the published scores are corrected")


class ReasonForm(forms.Form):
    """Nothing is done to a month without saying why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": gettext_lazy("Say why: everybody who reads the scores sees it.")},
    )


class ReviseForm(Redrawn, ReasonForm):
    """Whose figures, and whose days, are read again. Targets, weights and everybody else's scores stay as published."""

    departments = forms.MultipleChoiceField(
        label=gettext_lazy(
            "Departments whose reported figures, bonuses, deductions, vetoes or exemptions have changed"
        ),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Tick at least one department.")},
    )
    word = forms.CharField(
        label=gettext_lazy("Find people"),
        required=False,
        max_length=100,
        help_text=gettext_lazy(
            "For a transfer recorded late, a wrong head or a wrong first day. Correct the movements first: days, "
            "departments and role are read as the records have them then. Name, staff number or e-mail."
        ),
    )
    people = forms.MultipleChoiceField(
        label=gettext_lazy("People whose days and role are read again"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy(
                "One of these people is not there, or lies outside what you may see. Find them by their name."
            )
        },
    )
    field_order = ("departments", "word", "people", "reason")

    def __init__(
        self,
        *args: Any,
        run: ScoreRun,
        people: Sequence[tuple[str, str]] = (),
        is_of_a_person: bool = False,
        **kwargs: Any,
    ) -> None:
        """PEOPLE: those to choose from, found or chosen before. IS_OF_A_PERSON: nothing need be named."""
        super().__init__(*args, **kwargs)
        self.is_of_a_person = is_of_a_person
        field: Any = self.fields["departments"]
        field.choices = [(str(pk), name) for pk, name in assessed_in(run)]
        self.fields["reason"].label = WHY
        if not run.scheme.staff_rules:
            del self.fields["word"], self.fields["people"]
            field.required = not is_of_a_person
            return
        field.required = False
        choice: Any = self.fields["people"]
        choice.choices = list(people)
        if not people and "people" not in self.data:
            choice.widget = choice.hidden_widget()

    def clean(self) -> dict[str, Any]:
        """Something is named: a department or a person."""
        given = super().clean() or {}
        is_nothing = not given.get("departments") and not given.get("people") and not self.is_of_a_person
        choice: Any = self.fields.get("people")
        if choice is not None and "people" in self.errors and not choice.choices:
            # A list of nobody is drawn without a place for what is wrong with it.
            self.add_error("word", choice.error_messages["invalid_choice"])
        elif choice is not None and is_nothing and "people" not in self.errors:
            self.add_error("departments", _("Tick at least one department, or find and tick a person."))
        return given


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
    asked = people_asked(request, place.published)
    form = ReviseForm(
        asked.data,
        run=place.published,
        people=asked.choices,
        is_of_a_person=bool(people),
        initial={"people": [key for key, _words in asked.choices]},
    )
    if asked.said:
        form = form.redrawn()
    elif request.method == "POST" and form.is_valid() and is_done(form, lambda: revised(form, request, month)):
        messages.success(request, _("The corrected draft is ready. Look at it, then hand it in for approval."))
        return redirect("assessments:month", month)
    intro = _(
        "Everything else stays as it was published, whatever has changed since: targets, weights, the tree, other "
        "departments. The published scores stay until the corrected ones are approved and published beside them."
    )
    if appeals:
        intro = f"{going_on_words(appeals, people)} {intro}"
    return answered(
        request,
        form,
        month,
        title=_("Correct published scores"),
        label=_("Make the draft"),
        intro=intro,
        template="assessments/revise.html",
        said=asked.said,
    )


def revised(form: ReviseForm, request: HttpRequest, month: Month) -> ScoreRun:
    """The corrected draft, as the form (found valid) names it."""
    given = form.cleaned_data
    return services.revise_departments(
        month=month,
        departments=[int(pk) for pk in given["departments"]],
        placements=[int(pk) for pk in given.get("people", ())],
        reason=given["reason"],
        by=acting_user(request),
        now=clock.now(),
    )


@dataclass(frozen=True, slots=True)
class PeopleAsked:
    """People to choose from, and what a search found in words. DATA: what the form is filled with."""

    data: Any
    choices: Sequence[tuple[str, str]] = ()
    said: str = ""


def people_asked(request: HttpRequest, run: ScoreRun) -> PeopleAsked:
    """Those that were chosen (in the address the one to begin with), and those whom the word finds that stands in the form:
    it is looked up before anything is done. Fourteen queries at most; none where nobody is asked for, nor where the rules
    score no people."""
    data, scope = sent(request), scope_of(request)
    if not run.scheme.staff_rules:
        return PeopleAsked(data)
    word = data.get("word", "").strip()[:100] if data is not None else ""
    keys = request.GET.getlist("person")[:1] if data is None else data.getlist("people")
    picked = [key for text in keys if (key := sent_key(text)) is not None]
    rows = list(visible_people(scope).filter(pk__in=picked).order_by("name", "pk")) if picked else []
    found = search_people(scope=scope, text=word, limit=MOST_FOUND + 1) if word else []
    if data is not None:
        data = data.copy()
        data["word"] = ""
        if len(found) == 1:
            data.appendlist("people", str(found[0].pk))
    shown = list({one.pk: one for one in [*rows, *found[:MOST_FOUND]]}.values())
    is_asked = bool(word) or "show" in request.POST
    return PeopleAsked(data, choices_of(shown, run), found_words(word, len(found)) if is_asked else "")


def choices_of(people: Sequence[Person], run: ScoreRun) -> list[tuple[str, str]]:
    """PEOPLE to tick, each with where RUN has them and where the records of today do."""
    if not people:
        return []
    sides, names = placements_beside(run, [one.pk for one in people])
    return [(str(one.pk), option_words(one, *sides[one.pk], names)) for one in people]


def option_words(person: Person, before: Placement | None, now: Placement | None, names: Mapping[int, str]) -> str:
    """Somebody with where they were counted, and where they would be now."""
    who = f"{person.name} ({person.number})"
    if before == now:
        return _("%(who)s: %(words)s, as published and in the records") % {
            "who": who,
            "words": placement_words(now, names),
        }
    return _("%(who)s: published %(before)s; in the records now %(now)s") % {
        "who": who,
        "before": placement_words(before, names),
        "now": placement_words(now, names),
    }


def found_words(word: str, count: int) -> str:
    """What a search came to."""
    if not word:
        return _("Write a name, a staff number or an e-mail to find people by.")
    if not count:
        return _("Nobody is found for “%(word)s”, or they lie outside what you may see.") % {"word": word}
    if count > MOST_FOUND:
        return _("More than %(count)s people are found for “%(word)s”: the first of them stand below. Write more.") % {
            "count": MOST_FOUND,
            "word": word,
        }
    text = ngettext(
        "One person is found for “%(word)s” and ticked.",
        "%(count)s people are found for “%(word)s”: tick whom you mean.",
        count,
    )
    return text % {"count": count, "word": word}


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


def answered(
    request: HttpRequest,
    form: Any,
    month: Month,
    *,
    title: Any,
    label: Any,
    intro: Any,
    template: str = "layouts/form.html",
    **more: Any,
) -> HttpResponse:
    """The form on its page; what a service refused keeps its own status."""
    context = {"subtitle": month_name(month), "intro": intro, "crumbs": crumbs_to(month, title), **more}
    back = reverse("assessments:month", args=[month])
    response = form_response(
        request, form=form, title=title, submit_label=label, back_url=back, template=template, context=context
    )
    response.status_code = getattr(form, "refused_with", response.status_code)
    return response
