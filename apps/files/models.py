"""Uploaded files: what they are, whom they belong to. The bytes lie in the storage under a name of our own."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.files.choices import FileKind


@tracked()
class Attachment(BaseModel):
    """One stored file. OWNER_KIND and OWNER_ID say what it belongs to; that owner decides who may read it."""

    owner_kind = models.CharField(_("belongs to"), max_length=60)
    owner_id = models.BigIntegerField(_("owner"))
    name = models.CharField(_("file name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=FileKind)
    byte_count = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(_("checksum"), max_length=64)
    storage_name = models.CharField(_("stored as"), max_length=120, unique=True, editable=False)
    stored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("stored by"), on_delete=models.PROTECT, related_name="+"
    )
    stored_at = models.DateTimeField(_("stored at"))

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ("-stored_at", "-pk")
        indexes = (models.Index(fields=("owner_kind", "owner_id"), name="files_attachment_owner"),)

    def __str__(self) -> str:
        return self.name
