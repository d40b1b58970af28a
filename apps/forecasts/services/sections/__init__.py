"""The sections of the situation-and-outlook report, in the order they are read.

This is the one place where a part of the portal adds its own: budgets, plans, work reports and decisions write a builder
that takes the month's facts (sections.facts reads them) and gives a Section, and put it into SECTIONS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.forecasts.services.sections.ahead import forecasts_section, warnings_section
from apps.forecasts.services.sections.facts import MonthFacts, facts_of
from apps.forecasts.services.sections.frame import Section
from apps.forecasts.services.sections.moved import moved_section
from apps.forecasts.services.sections.off import off_section
from apps.forecasts.services.sections.people import outlook_section, people_section
from apps.forecasts.services.sections.results import results_section
from apps.forecasts.services.sections.scores import scores_section


@dataclass(frozen=True, slots=True)
class Builder:
    """One section: its code (kept in what is stored), its heading, and what writes it."""

    code: str
    title: Any
    build: Callable[[MonthFacts], Section]


SECTIONS: tuple[Builder, ...] = (
    Builder("off", _("What is off, since when, whose, and how it will end"), off_section),
    Builder("results", _("Results against target and against the past"), results_section),
    Builder("moved", _("What moved the totals"), moved_section),
    Builder("scores", _("Scores"), scores_section),
    Builder("people", _("People"), people_section),
    Builder("forecasts", _("How it will end"), forecasts_section),
    Builder("warnings", _("Early warnings"), warnings_section),
    Builder("outlook", _("Outlook on people"), outlook_section),
)
FREE = (("summary", _("What the COO says")), ("wanted", _("To be ruled on")))
"""Sections that only a person writes."""

__all__ = ["FREE", "SECTIONS", "Builder", "MonthFacts", "Section", "facts_of"]
