"""Home, search, and the gallery of components."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.http.access import allow
from apps.accounts.models import User
from apps.core.clock import now, today
from apps.core.http.forms import with_helper
from apps.core.http.listing import list_response
from apps.core.scope import Scope
from apps.dashboards.forms import SampleForm
from apps.dashboards.selectors import gallery
from apps.dashboards.selectors.home import below_for, home_for
from apps.dashboards.selectors.kpis import off_target_for
from apps.dashboards.selectors.outlook import outlook_for
from apps.dashboards.selectors.report import latest_report_for
from apps.dashboards.selectors.scores import home_scores
from apps.dashboards.selectors.search import cleaned, found
from apps.dashboards.selectors.to_do import tasks_of

QUICK_HITS = 5
FULL_HITS = 50


def asker(request: HttpRequest) -> tuple[Scope, User]:
    """Who asks and how far they see; the guard has made sure that somebody is signed in."""
    return request.scope, request.user  # type: ignore[attr-defined,return-value]


@require_safe
@allow("dashboards.view")
def home_page(request: HttpRequest) -> HttpResponse:
    """The first page after signing in: what is off, what waits, how many we are; cut to the person's role."""
    scope, user = asker(request)
    home = home_for(scope=scope, user=user, now=now(), day=today())
    return render(request, "dashboards/home.html", {"title": _("Home"), "home": home})


@require_safe
@allow("dashboards.view")
def home_below(request: HttpRequest) -> HttpResponse:
    """The part of the home page that loads after the first screen."""
    scope, _user = asker(request)
    below = below_for(scope=scope, now=now(), day=today())
    return render(request, "dashboards/_below.html", {"below": below})


@require_safe
@allow("dashboards.view")
def to_do_block(request: HttpRequest) -> HttpResponse:
    """What the person is to do, which the home page loads after the first screen; nothing where nothing is open."""
    scope, user = asker(request)
    return render(request, "dashboards/_to_do.html", {"tasks": tasks_of(scope=scope, user=user, now=now())})


@require_safe
@allow("dashboards.view")
def off_target_block(request: HttpRequest) -> HttpResponse:
    """The indicators off target, which the home page loads after the first screen; nothing for those who see none."""
    scope, _user = asker(request)
    off = off_target_for(scope=scope, now=now())
    return render(request, "dashboards/_off_target.html", {"off": off})


@require_safe
@allow("dashboards.view")
def scores_block(request: HttpRequest) -> HttpResponse:
    """The month that is assessed, or the scores of the own departments; nothing for those who see none."""
    scope, _user = asker(request)
    scores = home_scores(scope=scope, day=today())
    return render(request, "dashboards/_scores.html", {"scores": scores})


@require_safe
@allow("dashboards.view")
def outlook_block(request: HttpRequest) -> HttpResponse:
    """Early warnings and the chances of the main targets; nothing for those who see none."""
    scope, _user = asker(request)
    outlook = outlook_for(scope=scope, day=today())
    return render(request, "dashboards/_outlook.html", {"outlook": outlook})


@require_safe
@allow("dashboards.view")
def report_block(request: HttpRequest) -> HttpResponse:
    """The latest situation-and-outlook report the person may read; nothing where there is none."""
    scope, _user = asker(request)
    return render(request, "dashboards/_report.html", {"latest": latest_report_for(scope=scope)})


@require_safe
@allow("dashboards.search")
def search_page(request: HttpRequest) -> HttpResponse:
    """Everything the person may see that holds the words; the first few of each kind for the box at the top."""
    text = cleaned(request.GET.get("q", ""))
    is_quick = bool(request.htmx) and "quick" in request.GET  # type: ignore[attr-defined]
    scope, user = asker(request)
    groups = found(scope=scope, user=user, day=today(), text=text, limit=QUICK_HITS if is_quick else FULL_HITS)
    context = {"title": _("Search"), "text": text, "groups": groups}
    response = render(request, "dashboards/_quick_search.html" if is_quick else "dashboards/search.html", context)
    patch_vary_headers(response, ("HX-Request",))
    return response


@require_safe
@allow("core.view_gallery")
def gallery_page(request: HttpRequest) -> HttpResponseBase:
    """Every component in every state, on made-up figures."""
    sent = SampleForm({"name": "", "email": "not-an-address", "share": "120", "starts_on": "2026-02-30"})
    return list_response(
        request,
        spec=gallery.LIST,
        queryset=gallery.sample_rows(),
        template="dashboards/gallery.html",
        context={
            **gallery.samples(),
            "title": _("Components"),
            "subtitle": _("Everything pages are made of. Turn the theme and narrow the window."),
            "fresh_form": with_helper(SampleForm(auto_id="fresh_%s")),
            "sent_form": with_helper(sent),
        },
    )
