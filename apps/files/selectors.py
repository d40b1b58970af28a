"""Reading stored files. Who may is the owner's answer, named in settings.FILE_GUARDS."""

from collections.abc import Callable
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.core.scope import Scope
from apps.files.models import Attachment
from apps.files.rules.kinds import MIME_TYPES


def attachment_for(scope: Scope, pk: int) -> Attachment:
    """A file this person may read; NotFound when there is none or its owner says no (or has no guard)."""
    attachment = Attachment.objects.filter(pk=pk).first()
    if attachment is not None:
        path = settings.FILE_GUARDS.get(attachment.owner_kind)
        guard: Callable[[int, Scope], bool] | None = import_string(path) if path else None
        if guard is not None and guard(attachment.owner_id, scope):
            return attachment
    raise NotFound(_("There is no such file, or it is not yours to read."))


def files_of(owner_kind: str, owner_id: int) -> list[Attachment]:
    """An owner's files, newest first. For callers that have already found the owner in scope."""
    return list(Attachment.objects.filter(owner_kind=owner_kind, owner_id=owner_id))


def open_file(attachment: Attachment) -> IO[Any]:
    """The bytes, to be read once."""
    return default_storage.open(attachment.storage_name, "rb")


def mime_type_of(attachment: Attachment) -> str:
    """What the file is sent as: from its checked kind, never from what the uploader claimed."""
    return MIME_TYPES[attachment.kind]
