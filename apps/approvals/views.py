"""The ruling desk: what waits for me, what I sent, everything I may see; one case with its brief and its answer."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.http.access import allow
from apps.accounts.http.requests import PersonRequest
from apps.accounts.models import User
from apps.approvals import forms, selectors, services
from apps.approvals.choices import CaseKind, CaseState
from apps.approvals.models import Case, Step
from apps.audit.selectors import history_of
from apps.core.clock import now, today
from apps.core.errors import Busy, Conflict, NotAllowed, NotFound, Refusal
from apps.core.http.forms import add_refusal, form_response, with_helper
from apps.core.http.listing import Badge, Column, Filter, ListSpec, list_response
from apps.core.scope import Scope

TONES = {
    CaseState.OPEN: "info",
    CaseState.APPROVED: "success",
    CaseState.RETURNED: "warning",
    CaseState.VETOED: "danger",
    CaseState.WITHDRAWN: "neutral",
}


def state_badge(case: Case) -> Badge:
    """The state of a case as a coloured word."""
    return Badge(case.get_state_display(), TONES[CaseState(case.state)])


def due_badge(step: Step) -> Badge | None:
    """Whether an answer is overdue."""
    return Badge(_("Overdue"), "danger") if step.due_at and step.due_at < now() else None


DESK = ListSpec(
    name="approvals-desk",
    title=_("Approvals"),
    subtitle=_("What waits for your ruling, the most urgent first."),
    columns=(
        Column("title", _("Case"), value="case.title", kind="link", url=lambda row: row.case.get_absolute_url()),
        Column("kind", _("Kind"), value=lambda row: row.case.get_kind_display()),
        Column("ask", _("You are asked to"), value=lambda row: row.get_ask_display()),
        Column("submitted_by", _("From"), value="case.submitted_by.name", kind="user"),
        Column("due_at", _("Due"), kind="moment", order_by="due_at"),
        Column("overdue", "", value=due_badge, kind="badge"),
    ),
    filters=(
        Filter("kind", _("Kind"), choices=CaseKind.choices, apply=lambda rows, value: rows.filter(case__kind=value)),
    ),
    search=("case__title__icontains", "case__submitted_by__name__icontains"),
    default_order="due_at",
    empty_title=_("Nothing waits for you"),
    empty_text=_("When somebody asks for your ruling, it stands here and in your notifications."),
    empty_icon="checklist",
)


def cases_spec(name: str, empty_title: Any, empty_text: Any) -> ListSpec:
    """A list of cases."""
    return ListSpec(
        name=name,
        title=_("Approvals"),
        columns=(
            Column("title", _("Case"), kind="link", order_by="title", url=lambda row: row.get_absolute_url()),
            Column("kind", _("Kind"), value=lambda row: row.get_kind_display(), order_by="kind"),
            Column("submitted_by", _("From"), value="submitted_by.name", kind="user", order_by="submitted_by__name"),
            Column("submitted_at", _("Submitted"), kind="moment", order_by="submitted_at"),
            Column("state", _("State"), value=state_badge, kind="badge", order_by="state"),
            Column("closed_at", _("Closed"), kind="moment", order_by="closed_at", nulls_last=True),
        ),
        filters=(
            Filter("kind", _("Kind"), choices=CaseKind.choices, apply=lambda rows, value: rows.filter(kind=value)),
            Filter("state", _("State"), choices=CaseState.choices, apply=lambda rows, value: rows.filter(state=value)),
        ),
        search=("title__icontains", "submitted_by__name__icontains"),
        default_order=("-submitted_at",),
        empty_title=empty_title,
        empty_text=empty_text,
        empty_icon="checklist",
    )


SENT = cases_spec(
    "approvals-sent", _("You have asked for no ruling yet"), _("What you submit for a ruling stands here.")
)
ALL = cases_spec("approvals", _("No cases yet"), _("Cases appear when something is submitted for a ruling."))


def tabs_for(request: PersonRequest, current: str) -> list[dict[str, Any]]:
    """My desk with its count, what I sent, everything I may see."""
    waiting = selectors.waiting_for(scope=request.scope, user=request.user, today=today()).count()
    pages = (
        ("list", _("Waiting for me"), "inbox", waiting or None),
        ("sent", _("Sent by me"), "send", None),
        ("all", _("All"), "list", None),
    )
    return [
        {
            "label": label,
            "url": reverse(f"approvals:{name}"),
            "icon": icon,
            "count": count,
            "is_current": name == current,
        }
        for name, label, icon, count in pages
    ]


@require_GET
@allow("approvals.view")
def list_page(request: PersonRequest) -> HttpResponseBase:
    """My desk: steps I can answer now."""
    rows = selectors.waiting_for(scope=request.scope, user=request.user, today=today())
    context = {"tabs": tabs_for(request, "list")}
    return list_response(request, spec=DESK, queryset=rows, template="approvals/list.html", context=context)


@require_GET
@allow("approvals.view")
def sent_page(request: PersonRequest) -> HttpResponseBase:
    """What I submitted."""
    rows = selectors.visible_cases(scope=request.scope, user=request.user, today=today())
    rows = rows.filter(submitted_by_id=request.user.pk)
    context = {"tabs": tabs_for(request, "sent")}
    return list_response(request, spec=SENT, queryset=rows, template="approvals/list.html", context=context)


@require_GET
@allow("approvals.view")
def all_page(request: PersonRequest) -> HttpResponseBase:
    """Every case I may see."""
    rows = selectors.visible_cases(scope=request.scope, user=request.user, today=today())
    context = {"tabs": tabs_for(request, "all")}
    return list_response(request, spec=ALL, queryset=rows, template="approvals/list.html", context=context)


def case_of(request: PersonRequest, pk: int) -> Case:
    """The case in the address, if this person may see it."""
    return selectors.case_for(scope=request.scope, user=request.user, today=today(), pk=pk)


def case_response(
    request: PersonRequest, case: Case, *, form: forms.RulingForm | None = None, status: int = 200, notice: Any = ""
) -> HttpResponse:
    """The page of a case, with the form for whoever may answer now."""
    step = selectors.current_step(case)
    turn = selectors.turn_of(case=case, step=step, user=request.user, today=today())
    if turn.is_theirs and form is None:
        form = forms.RulingForm(verdicts=turn.verdicts, initial={"version": case.version})
    moment = now()
    steps = [
        {"step": row, "tone": selectors.step_tone(row, moment), "is_overdue": is_overdue(row, case)}
        for row in case.steps.all()
    ]
    context = {
        **facts_of(case, request.scope),
        "steps": steps,
        "turn": turn,
        "settled": settled_words(step, turn, request.user) if step is not None and turn.is_theirs else "",
        "form": with_helper(form) if form is not None and turn.is_theirs else None,
        "kept": kept_words(form) if form is not None and not turn.is_theirs else "",
        "notice": notice,
        "may_withdraw": case.state == CaseState.OPEN and case.submitted_by_id == request.user.pk,
    }
    return render(request, "approvals/detail.html", context, status=status)


def settled_words(step: Step, turn: selectors.Turn, user: User) -> str:
    """What an approval settles besides its own step, because nobody else may answer; empty where somebody else does."""
    found = selectors.steps_settled(step=step, user=user, absent_id=turn.absent_id)
    if not found:
        return ""
    names = [following.user.name if following.user else following.get_role_display() for following, _absent in found]
    words = ngettext(
        "Nobody else may answer the next step (%(names)s): if you approve, your ruling settles it as well.",
        "Nobody else may answer the next steps (%(names)s): if you approve, your ruling settles them as well.",
        len(found),
    )
    return words % {"names": ", ".join(map(str, names))}


def facts_of(case: Case, scope: Scope) -> dict[str, Any]:
    """What the page says about a case, whoever looks."""
    return {
        "title": case.title,
        "subtitle": case.get_kind_display(),
        "crumbs": [(_("Approvals"), reverse("approvals:list")), (case.title, "")],
        "case": case,
        "badge": state_badge(case),
        "authors": [row.user.name for row in case.author_rows.all()],
        "entries": history_of(case, scope=scope),
    }


def is_overdue(step: Step, case: Case) -> bool:
    """Whether the step still waits past its deadline."""
    is_waiting = case.state == CaseState.OPEN and step.opened_at is not None and step.decided_at is None
    return is_waiting and step.due_at is not None and step.due_at < now()


def kept_words(form: forms.RulingForm) -> str:
    """What was typed into a form that can no longer be sent."""
    return "\n".join(text for name in ("reason", "conditions") if (text := str(form.data.get(name, "")).strip()))


@require_GET
@allow("approvals.view")
def detail_page(request: PersonRequest, pk: int) -> HttpResponse:
    """One case: the brief as submitted, the steps, the history, and the answer if it is this person's turn."""
    return case_response(request, case_of(request, pk))


@require_POST
@allow("approvals.view")
def rule_on(request: PersonRequest, pk: int, step_pk: int) -> HttpResponse:
    """Answer a step. The service says who may: the step names a person or a role, and stand-ins act for the absent."""
    case = case_of(request, pk)
    step = next((row for row in case.steps.all() if row.pk == step_pk), None)
    if step is None:
        raise NotFound(_("There is no such step in this case."))
    turn = selectors.turn_of(case=case, step=step, user=request.user, today=today())
    form = forms.RulingForm(request.POST, verdicts=turn.verdicts)
    if not form.is_valid() and turn.is_theirs and step.decided_at is None:
        return case_response(request, case, form=form, status=422)
    words = {"reason": request.POST.get("reason", ""), "conditions": request.POST.get("conditions", "")}
    version = form.cleaned_data.get("version") or 0
    try:
        closed = services.rule_on(
            case=case, step=step, ruling=request.POST.get("ruling", ""), by=request.user, now=now(),
            expected_version=version, **words,
        )  # fmt: skip
    except Conflict as conflict:
        return case_response(request, case_of(request, pk), form=form, status=409, notice=conflict.message)
    except (NotAllowed, NotFound, Busy):
        raise
    except Refusal as refusal:
        # Of the ruling itself, or of the app whose subject it would have put into effect.
        add_refusal(form, refusal)
        return case_response(request, case, form=form, status=422)
    messages.success(request, _("Your ruling is recorded: %(state)s.") % {"state": closed.get_state_display()})
    return redirect(case)


@require_http_methods(["GET", "POST"])
@allow("approvals.view")
def withdraw_case(request: PersonRequest, pk: int) -> HttpResponse:
    """Take back what one submitted."""
    case = case_of(request, pk)
    if case.submitted_by_id != request.user.pk:
        raise NotFound(_("Only whoever submitted a case can withdraw it."))
    form = forms.WithdrawForm(request.POST or None, initial={"version": case.version})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            services.withdraw_case(
                case=case, reason=chosen["reason"], by=request.user, now=now(), expected_version=chosen["version"]
            )  # fmt: skip
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The case was withdrawn."))
            return redirect(case)
    return form_response(
        request,
        form=form,
        title=_("Withdraw “%(title)s”") % {"title": case.title},
        submit_label=_("Withdraw"),
        back_url=case.get_absolute_url(),
        context={"tone": "danger", "intro": _("Nobody can rule on it any more. Rulings given so far stay on record.")},
    )
