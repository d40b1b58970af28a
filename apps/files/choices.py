"""What kinds of files are taken at all."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class FileKind(models.TextChoices):
    PDF = "pdf", _("PDF document")
    PNG = "png", _("PNG picture")
    JPEG = "jpeg", _("JPEG picture")
    XLSX = "xlsx", _("Excel workbook")
    DOCX = "docx", _("Word document")
    CSV = "csv", _("CSV table")
    TEXT = "text", _("Plain text")
    JSON = "json", _("JSON data")
