"""One wall for uploads: size, kind by content, name, checksum; then a row and bytes under a name of our own.

No verb is stamped here: the owner's service does, for the innermost verb of a transaction stands for all of it.
"""

import hashlib
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.files.models import Attachment
from apps.files.rules.kinds import kind_of_file, safe_name
from apps.files.rules.problems import FileProblem

CHUNK = 1 << 20
SENTENCES = {
    "empty": _("The file is empty. Choose one that holds something."),
    "too_large": _("The file is larger than %(megabytes)s MB. Split it or leave pictures out."),
    "wrong_kind": _("This kind of file is not taken. Send PDF, PNG, JPEG, XLSX, DOCX, CSV, TXT or JSON."),
    "markup": _("The file is a web page or XML. Send PDF, PNG, JPEG, XLSX, DOCX, CSV, TXT or JSON."),
    "macros": _("The file carries macros. Save it without them (as .xlsx or .docx) and send that."),
    "damaged_archive": _("The file is damaged: its parts cannot be listed. Open it, save it again and send that."),
    "crafted_archive": _("The file is built in a way no office program builds one, and is not opened."),
    "encrypted": _("The file is protected by a password. Save it without and send that."),
    "too_many_entries": _("The file holds %(count)s parts inside; at most %(limit)s are taken."),
    "unpacks_too_large": _("The file would unpack to %(megabytes)s MB; that is not an honest document."),
}


class FileRefused(Refusal):
    """The file is not taken, and why."""

    code = "file_refused"


def store_file(
    *, upload: "File[Any]", owner_kind: str, owner_id: int, by: User, now: datetime, kind: str = ""
) -> Attachment:
    """Check an uploaded file and keep it for its owner ("imports.run", 12).

    Whoever may change the owner may add to it: the caller checks. Refuses by size, kind, macros, crafted archives. KIND is
    for a caller that has already read the whole way into the file and knows what it is.
    """
    name = safe_name(str(upload.name or "file"))
    with local_copy(upload) as (path, digest):
        try:
            kind = kind or kind_of_file(path, name=name)
        except FileProblem as problem:
            raise FileRefused(SENTENCES[problem.code] % problem.facts, field="file") from problem
        with path.open("rb") as file, transaction.atomic():
            stored_as = default_storage.save(f"attachments/{now:%Y/%m}/{uuid.uuid4().hex}", File(file))
            return Attachment.objects.create(
                owner_kind=owner_kind,
                owner_id=owner_id,
                name=name,
                kind=kind,
                byte_count=path.stat().st_size,
                sha256=digest,
                storage_name=stored_as,
                stored_by=by,
                stored_at=now,
            )


@contextmanager
def local_copy(upload: "File[Any]") -> Iterator[tuple[Path, str]]:
    """The bytes in a file of our own, with their checksum; refused as soon as they pass the limit."""
    limit = settings.FILE_UPLOAD_MAX_BYTES
    digest = hashlib.sha256()
    size = 0
    with tempfile.NamedTemporaryFile(prefix="upload-") as copy:
        for chunk in upload.chunks(CHUNK):
            data = chunk if isinstance(chunk, bytes) else bytes(chunk)
            size += len(data)
            if size > limit:
                raise FileRefused(SENTENCES["too_large"] % {"megabytes": limit // 2**20}, field="file")
            digest.update(data)
            copy.write(data)
        copy.flush()
        yield Path(copy.name), digest.hexdigest()


def remove_files(*, owner_kind: str, owner_id: int) -> int:
    """Remove an owner's files, rows now and bytes after commit; how many. The owner's service checks who may."""
    with transaction.atomic():
        found = list(Attachment.objects.filter(owner_kind=owner_kind, owner_id=owner_id).select_for_update())
        Attachment.objects.filter(pk__in=[attachment.pk for attachment in found]).delete()
        for attachment in found:
            name = attachment.storage_name
            transaction.on_commit(lambda name=name: default_storage.delete(name))  # type: ignore[misc]
    return len(found)
