"""Home, search, and the gallery of components."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.http.access import allow
from apps.core.http.forms import with_helper
from apps.core.http.listing import list_response
from apps.dashboards.forms import SampleForm
from apps.dashboards.selectors import gallery


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
