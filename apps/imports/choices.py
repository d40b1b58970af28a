"""States of an import and ways to commit one."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    UPLOADED = "uploaded", _("Columns to be matched")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Ready to import")
    COMMITTING = "committing", _("Being imported")
    COMMITTED = "committed", _("Imported")
    FAILED = "failed", _("Failed")
    UNDONE = "undone", _("Undone")
    CANCELLED = "cancelled", _("Cancelled")


class CommitMode(models.TextChoices):
    ALL_OR_NOTHING = "all_or_nothing", _("Only if every row is right")
    GOOD_ROWS = "good_rows", _("The right rows; leave the wrong ones out")


class FileFormat(models.TextChoices):
    CSV = "csv", _("CSV text")
    XLSX = "xlsx", _("Excel workbook (.xlsx)")
    JSON = "json", _("JSON list of objects")
