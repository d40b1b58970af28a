"""Every list there is, with hostile text in names and notes, and what is wrong with its exports (R13)."""

import csv
import io
import json
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import openpyxl
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from openpyxl.utils.escape import unescape

from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory
from apps.assessments.models import Adjustment, Calibration, Indicator, Rating, ScoreRun
from apps.assessments.services import compute_month, rehearse_steps, request_rehearsal
from apps.assessments.tests.factories import approved, draft, published, terms
from apps.core.exports import FORMULA_STARTS, plain_cell
from apps.core.http.listing import ListSpec
from apps.core.month import Month
from apps.departments.models import Department
from apps.departments.tests.factories import DepartmentFactory
from apps.forecasts.tests.factories import issue_of, series_of
from apps.imports.models import ImportProblem, ImportRun
from apps.imports.services.preparing import unguarded
from apps.imports.services.reading import read_table
from apps.kpis.models import Kpi, KpiTarget, KpiValue, KpiVersion
from apps.kpis.tests.factories import NOW, aim, entry, make_kpi, record
from apps.notifications.tests.factories import WebhookEndpointFactory
from apps.periods.services import open_periods
from apps.staff.models import Person
from apps.staff.tests.factories import PersonFactory

HOSTILE = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "＝1+1",
    "'=1+1",
    "''@x",
    '=HYPERLINK("http://x")',
    'a,b"c;d',
    "O'Neil",
    "Zoë 李",
)
UNSEEN = ("\t=1+1", "\r@SUM(A1)", "\u202e=1+1")
"""What departments and people cannot be called; KPIs get it past the services."""
ALL_ROLES = ("coo", "hr", "administrator", "auditor")
EXPECTED: dict[str, tuple[type[Model], str]] = {
    "accounts:list": (User, "name"),
    "departments:table": (Department, "name"),
    "staff:list": (Person, "name"),
    "imports:list": (ImportRun, "file_name"),
    "imports:detail": (ImportProblem, "value"),
    "assessments:adjustments": (Adjustment, "evidence"),
    "assessments:calibrated": (Calibration, "reason"),
    "kpis:list": (Kpi, "name"),
    "kpis:detail": (KpiValue, "note"),
}
"""Lists whose every row must come back by this field."""
NOTES = (*HOSTILE, *(text.replace("\r", "\n") for text in UNSEEN))
"""As notes are stored: whatever ended a line, they keep one sign for it."""
READ_BACK = {"staff:list": HOSTILE, "kpis:list": (*HOSTILE, *UNSEEN), "kpis:detail": NOTES}
"""Lists that the importer reads again, and the texts it must find."""


def list_addresses(patterns: Any, prefix: str = "") -> Iterator[str]:
    """Addresses of pages without arguments."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from list_addresses(pattern.url_patterns, route)
        elif (
            isinstance(pattern, URLPattern) and not set("<^") & set(route) and not route.startswith(("api/", "static/"))
        ):
            yield f"/{route}"


TODAY = "2026-06-15"
"""The day on which the company of hostile names lives."""


def make_company(client: Client) -> Mapping[str, str]:
    """Everything that has a name or a note has a hostile one; CLIENT's reader may see all lists. Addresses of lists that
    belong to one record."""
    users = [UserFactory(name=text, email=f"x{number}@example.com") for number, text in enumerate(HOSTILE)]
    top = DepartmentFactory(name="Top")
    places = []
    for number, text in enumerate(HOSTILE):
        PersonFactory(name=text, number=f"X{number}", department=top)
        places.append(DepartmentFactory(name=text, code=f"H{number}", parent=top))
        given = {"target": "kpis.values", "file_format": "csv", "started_at": users[0].created_at, "file_name": text}
        given |= {
            "started_by": users[number],
            "handled_by": users[number],
            "state": "committed",
            "mapping": {"fields": {}},
        }
        run = ImportRun.objects.create(**given)
    for line, text in enumerate(HOSTILE):
        ImportProblem.objects.create(run=run, line=line, field="note", column=text, value=text, message=text)
    kpi = reported(top, places, users)
    rehearsal = assess(places, kpi)
    add_registers(places, users)
    foretell(places)
    client.force_login(UserFactory(roles=ALL_ROLES, email="all@example.com"))
    return {
        "assessments:scores": reverse("assessments:scores", args=["2026-05"]),
        "assessments:entries": reverse("assessments:entries", args=["2026-05"]),
        "assessments:raters": reverse("assessments:raters", args=["2026-05"]),
        "assessments:standardised": reverse("assessments:standardised", args=["2026-05"]),
        "assessments:appraisers": reverse("assessments:appraisers", args=["2026-05"]),
        "assessments:standardised_parts": reverse("assessments:standardised_parts", args=["2026-05"]),
        "assessments:calibrations": reverse("assessments:calibrations", args=["2026-04"]),
        "assessments:calibrated": reverse("assessments:calibrated", args=["2026-05"]),
        "assessments:period": reverse("assessments:period", args=["quarter", "2026-04"]),
        "assessments:cumulative": reverse("assessments:cumulative", args=["quarter", "2026-04"]),
        "assessments:rehearsal": reverse("assessments:rehearsal", args=[rehearsal]),
        "assessments:rehearsal_people": reverse("assessments:rehearsal_people", args=[rehearsal]),
        "assessments:rehearsal_pay": reverse("assessments:rehearsal_pay", args=[rehearsal]),
        "assessments:people": reverse("assessments:people", args=["2026-05"]),
        "assessments:rewards": reverse("assessments:rewards", args=["2026-05"]),
        "imports:detail": reverse("imports:detail", args=[run.pk]),
        "departments:parts": reverse("departments:parts", args=[top.pk]),
        "notifications:webhook": reverse("notifications:webhook", args=[WebhookEndpointFactory(name="=1+1").pk]),
        "kpis:detail": f"{reverse('kpis:detail', args=[kpi])}?tab=values",
    }


def assess(places: list[Department], kpi: int) -> int:
    """May published for every place, by rules with hostile names, and the rules rehearsed on it; the rehearsal's key."""
    hr, coo = (UserFactory(roles=[role], email=f"{role}@example.com") for role in ("hr", "coo"))
    events = terms(None, 10, code="=E", name="=1+1", method="deduction", items=[{"code": "=e", "points_each": "1"}])
    lines = [terms(Kpi.objects.get(pk=kpi), 90, name="=1+1"), events]
    rules = approved(
        draft(by=hr, departments=places, lines=lines, name="=1+1", card="@SUM(A1)"), by=hr, deciders=[coo], now=NOW
    )
    published("2026-05", by=hr, deciders=[coo], now=NOW)
    compute_month(month=Month(2026, 4), by=hr, now=NOW)
    rehearsal = request_rehearsal(scheme=rules, by=hr, now=NOW)
    deque(rehearse_steps(rehearsal=rehearsal, now=NOW), maxlen=0)
    return rehearsal.pk


def add_registers(places: list[Department], users: list[User]) -> None:
    """A claim, a rating and a calibration with hostile words for every place."""
    run = ScoreRun.objects.get(state="published")
    indicator, month = Indicator.objects.get(code="=E"), Month(2026, 5).first_day
    for place, user, text in zip(places, users, HOSTILE, strict=True):
        given = {"month": month, "department": place}
        moment = {"said_by": user, "said_at": user.created_at}
        Rating.objects.create(indicator=indicator, level=text, **given, **moment)
        Adjustment.objects.create(
            kind="bonus", last_month=month, code=text, name=text, evidence=text, happened_on=month, proposed_by=user,
            proposed_at=user.created_at, **given,
        )  # fmt: skip
        Calibration.objects.create(run=run, points=1, reason=text, made_by=user, made_at=user.created_at, **given)


def foretell(places: list[Department]) -> None:
    """May's issue: every place and every KPI with a hostile name is foretold, and earlier forecasts were judged."""
    issue = issue_of("2026-05")
    for number, kpi in enumerate(Kpi.objects.filter(name__in=HOSTILE)):
        past = {"past_count": 3, "past_error": 1.0, "past_naive": 2.0, "past_seasonal": 2.0}
        series_of(issue, places[number % len(places)], kpi, **past)


def reported(top: Department, places: list[Department], users: list[User]) -> int:
    """A KPI for each hostile text, and one that every place reports with such a note; gives the key of that one."""
    open_periods(now=NOW)
    for text in (*UNSEEN, *HOSTILE):
        kpi = make_kpi(top, name="Sold", unit=text.strip()[:30], description=text)
        Kpi.objects.filter(pk=kpi.pk).update(name=text, family=text, tags=[text])
        KpiTarget.objects.filter(pk=aim(kpi, 5).pk).update(reason=text)
    notes = [entry(kpi, place, "2026-05", 5, note=text) for place, text in zip(places, HOSTILE, strict=True)]
    notes += [entry(kpi, place, "2026-04", 5, note=text) for place, text in zip(places, UNSEEN, strict=False)]
    record(notes, by=users[0])
    assert KpiVersion.objects.filter(unit="=1+1").exists()
    return kpi.pk


class Lists:
    """Every list of the company of hostile names, as its reader exports it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.own = make_company(client)

    def exported(self, address: str, kind: str) -> bytes | None:
        """The file, or None when the page exports none."""
        answer: Any = self.client.get(f"{address}{'&' if '?' in address else '?'}{urlencode({'export': kind})}")
        is_file = answer.status_code == 200 and f".{kind}" in answer.get("Content-Disposition", "")
        return b"".join(answer.streaming_content) if is_file else None

    def file(self, address: str, kind: str) -> bytes:
        """The file of a page that exports one."""
        content = self.exported(address, kind)
        assert content is not None, address
        return content

    def addresses(self) -> list[str]:
        """Every address that exports a list."""
        found = [*list_addresses(get_resolver().url_patterns), *self.own.values()]
        return [address for address in found if self.exported(address, "csv")]

    def address_of(self, name: str) -> str:
        """The address of a list."""
        return self.own.get(name) or reverse(name)

    def live(self, address: str) -> list[str]:
        """Cells of the list's CSV and workbook that a spreadsheet would compute."""
        cells = csv_cells(self.file(address, "csv"))
        found = [cell for cell in cells if cell and cell[:1] in FORMULA_STARTS and not is_number(cell)]
        book = openpyxl.load_workbook(io.BytesIO(self.file(address, "xlsx")))
        texts = [cell for row in book.active.iter_rows() for cell in row if isinstance(cell.value, str)]
        return found + [
            cell.value for cell in texts if cell.data_type == "f" or (cell.value and cell.value[:1] in FORMULA_STARTS)
        ]

    def lost(self, name: str) -> list[str]:
        """Stored texts of the list that do not come back from one of its files as they are stored."""
        model, field = EXPECTED[name]
        stored = set(model._default_manager.values_list(field, flat=True))
        assert set(HOSTILE) <= stored
        address = self.address_of(name)
        book = openpyxl.load_workbook(io.BytesIO(self.file(address, "xlsx")))
        found = {
            "csv": {plain_cell(cell) for cell in csv_cells(self.file(address, "csv"))},
            "xlsx": {plain_cell(unescape(str(cell.value))) for row in book.active.iter_rows() for cell in row},
            "json": {str(value) for row in json.loads(self.file(address, "json")) for value in row.values()},
        }
        return [f"{kind}: {text!r}" for kind, texts in found.items() for text in sorted(stored - texts)]

    def unread(self, name: str, kind: str) -> list[str]:
        """Hostile texts of the list that the importer reads otherwise than they are stored."""
        content = self.file(self.address_of(name), kind)
        table = read_table(io.BytesIO(content), name=f"list.{kind}", layout={}, known=["name", "month"])
        cells = {unguarded(cell, table.kind) for _line, row in table.rows for cell in row if isinstance(cell, str)}
        return sorted({*READ_BACK[name]} - cells)


def every_list() -> dict[int, str]:
    """Every list that is declared: its columns → where."""
    assert get_resolver().url_patterns
    return {
        id(spec.columns): f"{name}.{constant}"
        for name, module in list(sys.modules.items())
        if name.startswith("apps.") and ".tests" not in name
        for constant, spec in vars(module).items()
        if isinstance(spec, ListSpec)
    }


def csv_cells(content: bytes) -> list[str]:
    """Every cell of the file."""
    return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for cell in row]


def is_number(text: str) -> bool:
    """Whether a spreadsheet would take it for a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
