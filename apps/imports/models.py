"""Import runs: a file, how it was read and mapped, what was wrong in it, what it wrote and how to take that back."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.core.models import BaseModel
from apps.files.models import Attachment
from apps.imports.choices import CommitMode, FileFormat, RunState
from apps.jobs.models import JobRun


@tracked()
class ImportMapping(BaseModel):
    """A saved way to match a file's columns to a target's fields, offered again for files with the same headings."""

    target = models.CharField(_("importer"), max_length=60)
    name = models.CharField(_("name"), max_length=80)
    rules = models.JSONField(_("rules"))
    heading_digest = models.CharField(_("headings"), max_length=64, blank=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("saved by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("target", "name"), name="imports_mapping_name_once"),)

    def __str__(self) -> str:
        return self.name


@tracked(exclude=("problem_note",))
class ImportRun(BaseModel):
    """One file on its way in. The rows are not stored: the file is, and is read again when it is checked and committed."""

    target = models.CharField(_("importer"), max_length=60)
    state = models.CharField(_("state"), max_length=12, choices=RunState, default=RunState.UPLOADED)
    attachment = models.ForeignKey(
        Attachment, verbose_name=_("file"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    file_name = models.CharField(_("file name"), max_length=200)
    file_format = models.CharField(_("format"), max_length=4, choices=FileFormat)
    layout = models.JSONField(_("layout"), default=dict)
    headings = models.JSONField(_("headings"), default=list)
    sample = models.JSONField(_("first rows"), default=list)
    mapping = models.JSONField(_("mapping"), default=dict)
    mode = models.CharField(_("mode"), max_length=14, choices=CommitMode, default=CommitMode.ALL_OR_NOTHING)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    bad_row_count = models.PositiveIntegerField(_("rows with problems"), default=0)
    problem_count = models.PositiveIntegerField(_("problems"), default=0)
    warning_count = models.PositiveIntegerField(_("warnings"), default=0)
    """Rows that can be imported and look wrong: somebody confirms them first."""
    problem_note = models.TextField(_("why it stopped"), blank=True)
    is_rehearsed = models.BooleanField(_("counts foreseen"), default=False)
    """The counts below say what the import would do (before it) or did (after it)."""
    created_count = models.PositiveIntegerField(_("created"), default=0)
    changed_count = models.PositiveIntegerField(_("changed"), default=0)
    unchanged_count = models.PositiveIntegerField(_("unchanged"), default=0)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("started by"), on_delete=models.PROTECT, related_name="+"
    )
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("handled by"), on_delete=models.PROTECT, related_name="+"
    )
    """Who asked for the latest step: the job does it with the rights this person has when it runs."""
    job = models.ForeignKey(
        JobRun, verbose_name=_("job"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(_("started at"))
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    committed_at = models.DateTimeField(_("imported at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-started_at", "-pk")
        indexes = (models.Index(fields=("target", "-started_at"), name="imports_run_target"),)

    def __str__(self) -> str:
        return self.file_name


class ImportProblem(models.Model):
    """One thing wrong with one row, as the last check found it; or, as a warning, one thing that only looks wrong."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField(_("row"))
    field = models.CharField(_("field"), max_length=60, blank=True)
    column = models.CharField(_("column"), max_length=200, blank=True)
    value = models.CharField(_("value"), max_length=200, blank=True)
    message = models.CharField(_("problem"), max_length=500)
    is_warning = models.BooleanField(_("warning"), default=False)

    class Meta:
        verbose_name = _("problem")
        verbose_name_plural = _("problems")
        ordering = ("line", "pk")
        indexes = (models.Index(fields=("run", "line"), name="imports_problem_line"),)

    def __str__(self) -> str:
        return f"{self.line}: {self.message}"


class ImportUndo(models.Model):
    """What a committed run wrote, in the words of its target, so that it can be taken back."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="undo_entries")
    position = models.PositiveIntegerField()
    entry = models.JSONField()

    class Meta:
        verbose_name = _("undo entry")
        verbose_name_plural = _("undo entries")
        ordering = ("run", "position")
        constraints = (models.UniqueConstraint(fields=("run", "position"), name="imports_undo_position"),)

    def __str__(self) -> str:
        return f"{self.position}"
