"""The situation-and-outlook report of a month: put together from figures, edited, approved, frozen when issued."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.forecasts.choices import ReportState
from apps.forecasts.models.issues import FIRST_OF_MONTH, ForecastIssue

KEEP_ISSUED = """
IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'A report is never deleted.'; END IF;
IF OLD.state = 'issued' THEN RAISE EXCEPTION 'An issued report is never changed.'; END IF;
IF OLD.state = 'approved' AND NEW.state <> 'draft' AND (NEW.content, NEW.said) IS DISTINCT FROM (OLD.content, OLD.said)
    THEN RAISE EXCEPTION 'An approved report is changed only after it went back to draft.'; END IF;
RETURN NEW;
"""


@tracked()
class SituationReport(BaseModel):
    """One report of one month. Everything it shows is inside it, so that later corrections never rewrite it."""

    month = models.DateField(_("month"))
    version = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=ReportState, default=ReportState.DRAFT)
    issue = models.ForeignKey(ForecastIssue, null=True, on_delete=models.PROTECT, related_name="reports")
    content = models.JSONField(_("figures and sentences"), default=dict)
    """Sections by their code: sentences with the figures in them and the address of their source; rows of tables; series of
    charts; `standings` of every indicator. Numbers as text where they are exact. Put together by services.assembling."""
    said = models.JSONField(_("what is said and asked for"), default=dict)
    """What a person wrote, by section: {"summary": …, "wanted": …, "results": …}."""
    assembled_at = models.DateTimeField(_("figures as of"))
    assembled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    issued_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(_("digest"), max_length=64, blank=True)
    """Of content and said, when it was issued."""

    class Meta:
        verbose_name = _("situation report")
        verbose_name_plural = _("situation reports")
        ordering = ("-month", "-version")
        constraints = (
            models.UniqueConstraint(fields=("month", "version"), name="forecasts_report_once"),
            models.UniqueConstraint(
                fields=("month",), condition=~Q(state=ReportState.ISSUED), name="forecasts_one_open_report"
            ),
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="forecasts_report_first_day"),
        )
        triggers = (
            pgtrigger.Trigger(
                name="keep_issued",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=KEEP_ISSUED,
            ),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class ReportReader(models.Model):
    """Somebody a report was sent to, and when they first opened it."""

    report = models.ForeignKey(SituationReport, on_delete=models.CASCADE, related_name="readers")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField(_("named at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        verbose_name = _("reader")
        verbose_name_plural = _("readers")
        ordering = ("report", "user")
        constraints = (models.UniqueConstraint(fields=("report", "user"), name="forecasts_reader_once"),)

    def __str__(self) -> str:
        return f"{self.user}"
