"""What is laid down once more so that years of it are read quickly."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReportedMonth(models.Model):
    """The values that count in one month, of all series, as one block: a working copy of KpiValue for whoever reads years.

    It holds as long as its `stamp`, made of the versions it was read from, is that of the versions that count
    (selectors.reported). Rows of `figures`: the series, its value, and where any has them numerator and denominator.
    """

    month = models.DateField(_("month"), db_index=True)
    stamp = models.CharField(_("stamp of the versions"), max_length=64)
    row_count = models.PositiveSmallIntegerField(_("rows"))
    figures = models.BinaryField(_("figures"))

    class Meta:
        verbose_name = _("reported month")
        verbose_name_plural = _("reported months")
        ordering = ("month", "pk")

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
