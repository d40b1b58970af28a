"""The one address files are served from."""

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from apps.accounts.http.access import allow
from apps.files.selectors import attachment_for, mime_type_of, open_file


@require_safe
@allow("files.view")
def file_content(request: HttpRequest, pk: int) -> FileResponse:
    """A file as a download: never shown inside the portal's own origin."""
    attachment = attachment_for(request.scope, pk)  # type: ignore[attr-defined]
    response = FileResponse(
        open_file(attachment), as_attachment=True, filename=attachment.name, content_type=mime_type_of(attachment)
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
