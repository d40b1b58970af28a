"""Words for departments."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AliasSource(models.TextChoices):
    """Why another name leads to a department."""

    MANUAL = "manual", _("Entered by hand")
    FORMER_CODE = "former_code", _("Former code")
    FORMER_NAME = "former_name", _("Former name")
    MERGER = "merger", _("Merged department")
    IMPORT = "import", _("Import")


class DepartmentState(models.TextChoices):
    """Where a department stands on a day. Worked out from its dated rows, never stored."""

    OPEN = "open", _("Open")
    PLANNED = "planned", _("Opens later")
    CLOSED = "closed", _("Closed")
