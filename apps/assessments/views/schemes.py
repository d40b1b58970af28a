"""The rules: every version of the scheme, one of them with its scorecards."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.http.access import allow
from apps.assessments.models import Scheme


@require_GET
@allow("assessments.view_schemes")
def scheme_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One scheme."""
    scheme = get_object_or_404(Scheme, pk=pk)
    return render(request, "assessments/scheme.html", {"scheme": scheme})
