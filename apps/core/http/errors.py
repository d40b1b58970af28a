"""Pages for what went wrong: in the portal's look, saying what happened and what to do. Machines get the same as JSON."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from structlog.contextvars import get_contextvars

from apps.core.errors import Refusal

ICONS = {
    400: "alert-triangle",
    403: "lock",
    404: "map-search",
    409: "arrows-exchange",
    422: "alert-triangle",
    429: "hourglass",
}


def wants_json(request: HttpRequest) -> bool:
    """Whether a machine asks: the API, or anything that accepts JSON and not HTML."""
    accepts = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("application/json" in accepts and "text/html" not in accepts)


def request_id() -> str:
    """The id under which this request stands in the log."""
    return str(get_contextvars().get("request_id", ""))


def error_json(status: int, code: str, message: object, field: str = "") -> JsonResponse:
    """The one error shape, for addresses the API framework never saw."""
    body = {"code": code, "message": str(message), "field": field, "details": [], "request_id": request_id()}
    return JsonResponse({"error": body}, status=status)


def error_page(
    request: HttpRequest, *, status: int, title: str, message: object, code: str = "refused"
) -> HttpResponse:
    """An error as a full page, as a toast for htmx, or as JSON."""
    if wants_json(request):
        return error_json(status, code, message)
    context = {"title": title, "message": message, "status": status, "icon": ICONS.get(status, "alert-triangle")}
    context["request_id"] = request_id()
    if getattr(request, "htmx", False):
        response = render(request, "core/_problem.html", context, status=status)
        response["HX-Retarget"] = "#toasts"
        response["HX-Reswap"] = "beforeend"
        return response
    return render(request, "core/problem.html", context, status=status)


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal nobody caught."""
    titles = {
        403: _("This is not open to you"),
        404: _("There is nothing here"),
        409: _("Somebody was faster"),
    }
    title = titles.get(refusal.status, _("That did not work"))
    return error_page(request, status=refusal.status, title=title, message=refusal.message, code=refusal.code)


def forbidden_page(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but the role does not open this."""
    del exception
    message = _("Your role does not include this page. Ask an administrator if you need it.")
    title = _("This is not open to you")
    return error_page(request, status=403, title=title, message=message, code="not_allowed")


def missing_page(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, or outside what this person may see; the two are the same on purpose."""
    del exception
    message = _("The page does not exist, or it lies outside what you may see. Check the address or search for it.")
    return error_page(request, status=404, title=_("There is nothing here"), message=message, code="not_found")


def unreadable_page(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request itself is broken: an odd address, too many fields, a host that is not ours."""
    del exception
    message = _("The portal could not read this request. Check the address, or go back and send it again.")
    return error_page(request, status=400, title=_("That was not readable"), message=message, code="unreadable")


def stale_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of the forgery check: mostly a page that was open since before the last sign-in. What was typed is kept."""
    del reason
    message = _(
        "This page was opened before you last signed in. Go back, reload it and send it again: what you typed is kept."
    )
    return error_page(request, status=403, title=_("This page is too old"), message=message, code="stale_page")


def failed_page(request: HttpRequest) -> HttpResponse:
    """500: our fault. Drawn without the database, the session or any context: one of them may be what broke."""
    message = _("Something broke on our side. Nothing you had saved is lost. Try again in a moment.")
    if wants_json(request):
        return error_json(500, "failed", message)
    context = {"title": _("That should not have happened"), "message": message, "request_id": request_id()}
    return HttpResponse(render_to_string("500.html", context), status=500)
