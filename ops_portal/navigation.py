"""What stands in the sidebar, for whom. A row shows only to those who hold its capability."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the sidebar: url name, label, icon name in static/icons.txt, capability that opens it."""

    url_name: str
    label: Any
    icon: str
    capability: str
    word: str = ""
    """Pages of the app with this word in their name belong to this line; without one the app's first line takes them."""


@dataclass(frozen=True, slots=True)
class Group:
    label: Any
    entries: tuple[Entry, ...]


GROUPS = (
    Group("", (Entry("dashboards:home", _("Home"), "home", "dashboards.view"),)),
    Group(
        _("Organisation"),
        (
            Entry("departments:list", _("Departments"), "sitemap", "departments.view"),
            Entry("staff:list", _("People"), "users", "staff.view"),
            Entry("staff:movements", _("Movements"), "transfer", "staff.view_movements"),
            Entry("staff:headcount", _("Headcount"), "chart-bar", "staff.view_headcount"),
            Entry("forecasts:staff", _("Staff outlook"), "trending-up", "staff.view_headcount"),
        ),
    ),
    Group(
        _("Figures"),
        (
            Entry("kpis:list", _("KPIs"), "target", "kpis.view"),
            Entry("kpis:heat_map", _("Heat map"), "layout-grid", "kpis.view"),
            Entry("assessments:list", _("Assessments"), "scale", "assessments.view"),
            # registers of assessments
            Entry("assessments:adjustments", _("Bonuses and deductions"), "gavel", "assessments.view_schemes"),
            Entry("assessments:entries_now", _("To report"), "clipboard-check", "assessments.enter"),
            Entry("assessments:ratings_now", _("To rate"), "star", "assessments.rate"),
            Entry("assessments:appraisals_now", _("Personal parts"), "user-check", "assessments.rate", "apprais"),
            Entry("assessments:appeals", _("Appeals"), "gavel", "assessments.appeal"),
            Entry("forecasts:reports", _("Situation and outlook"), "file-text", "forecasts.view", "report"),
            Entry("kpis:entry", _("Enter values"), "edit", "kpis.record"),
            Entry("kpis:waiting", _("Waiting values"), "hourglass", "kpis.approve"),
            # forecasts
            Entry("forecasts:list", _("Forecasts"), "chart-line", "forecasts.view"),
        ),
    ),
    Group(
        _("Work"),
        (
            Entry("approvals:list", _("Approvals"), "checklist", "approvals.view"),
            Entry("periods:list", _("Periods"), "calendar", "periods.view"),
        ),
    ),
    Group(
        _("Data"),
        (
            Entry("imports:list", _("Imports"), "upload", "imports.run"),
            Entry("jobs:list", _("Jobs"), "activity", "jobs.view"),
            Entry("audit:list", _("History"), "history", "audit.view"),
        ),
    ),
    Group(
        _("Settings"),
        (
            Entry("accounts:list", _("Accounts"), "user-cog", "accounts.view"),
            Entry("accounts:keys", _("API keys"), "key", "accounts.manage_keys"),
            Entry("notifications:webhooks", _("Webhooks"), "webhook", "notifications.manage_webhooks"),
        ),
    ),
)


def current_entry(view_name: str) -> Entry | None:
    """The line of the sidebar a page belongs to: its own, else its app's list (a person's page: People), else its first."""
    entries = [entry for group in GROUPS for entry in group.entries]
    app = view_name.partition(":")[0]
    own = next((entry for entry in entries if entry.url_name == view_name), None)
    kin = [entry for entry in entries if app and entry.url_name.partition(":")[0] == app]
    named = next((entry for entry in kin if entry.word and entry.word in view_name), None)
    its_list = next((entry for entry in kin if entry.url_name == f"{app}:list"), None)
    return own or named or its_list or next(iter(kin), None)


def entries_for(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups with the entries this person may open, the current one marked."""
    scope = getattr(request, "scope", None)
    if scope is None:
        return []
    current = current_entry(request.resolver_match.view_name if request.resolver_match else "")
    groups = []
    for group in GROUPS:
        entries = [
            {"entry": entry, "is_current": entry is current} for entry in group.entries if scope.may(entry.capability)
        ]
        if entries:
            groups.append({"label": group.label, "entries": entries})
    return groups


def portal_context(request: HttpRequest) -> dict[str, Any]:
    """Names every page needs; the sidebar is worked out only when a page draws it."""
    return {
        "company_name": settings.COMPANY_NAME,
        "portal_version": settings.VERSION,
        "is_demo": settings.IS_DEMO,
        "navigation": SimpleLazyObject(lambda: entries_for(request)),
    }
