"""The life of a report: written on, approved, issued to its readers and from then on never changed."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.accounts.selectors import users_with_capability
from apps.core.history import because
from apps.core.month import Month
from apps.core.wording import month_text
from apps.forecasts.choices import ReportState
from apps.forecasts.models import ReportReader, SituationReport
from apps.forecasts.services.refusals import ReasonMissing, ReportBusy, ReportChanged, WrongReaders, WrongWords
from apps.forecasts.services.sections import FREE, SECTIONS
from apps.jobs.services import emit
from apps.notifications.services import emit_webhook, notify

REPORT_TOPIC = "forecasts.report_issued"
LONGEST = 8_000
"""Signs of one remark."""
WRITABLE = frozenset({code for code, _title in FREE} | {builder.code for builder in SECTIONS})


def stamp_of(said: Mapping[str, str]) -> str:
    """A short mark of what was written, by which a form knows whether somebody else wrote meanwhile."""
    return hashlib.sha256(as_text(said).encode()).hexdigest()[:16]


def as_text(value: Any) -> str:
    """JSON that is the same for the same content."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@transaction.atomic
def say(
    *, report: SituationReport, said: Mapping[str, str], by: User, now: datetime, seen: str | None = None
) -> SituationReport:
    """Keep what a person writes: `summary`, `wanted`, a remark on a section; others stay. forecasts.write_reports.

    SEEN is the stamp of what the writer had before them. Refuses what is no draft, a section there is none of, a remark of
    more than LONGEST signs, and a stamp that is not that of today: then nothing is lost, it is for the writer to join both.
    """
    del now
    row = locked(report, ReportState.DRAFT)
    if seen is not None and seen != stamp_of(row.said):
        raise ReportChanged(
            _(
                "Somebody else wrote in this report meanwhile. What you typed is still here: join it with what stands now."
            ),
            details={"seen": stamp_of(row.said)},
        )
    texts = {**row.said, **{code: tidy(code, text) for code, text in said.items()}}
    row.said = {code: text for code, text in texts.items() if text}
    with because("forecasts.report_written", by=by):
        row.save(update_fields=["said", "updated_at"])
    return row


def tidy(code: str, text: str) -> str:
    """A remark without what cannot be stored or shown. Refuses an unknown section and what is too long."""
    if code not in WRITABLE:
        known = ", ".join(sorted(WRITABLE))
        message = _("There is no section “%(code)s”. Known: %(known)s.") % {"code": code, "known": known}
        raise WrongWords(message, field="said")
    kept = "".join(sign for sign in text.replace("\r\n", "\n") if sign in "\n\t" or sign.isprintable()).strip()
    if len(kept) > LONGEST:
        message = _("This is %(count)s signs long; at most %(most)s fit.") % {"count": len(kept), "most": LONGEST}
        raise WrongWords(message, field=code)
    return kept


@transaction.atomic
def approve_report(*, report: SituationReport, by: User, now: datetime, seen: str | None = None) -> SituationReport:
    """The COO approves the draft as it stands; after that it is changed only once it is taken back. forecasts.write_reports.

    SEEN: the digest of what was looked at. Refuses what is no draft, and what changed since it was looked at.
    """
    row = locked(report, ReportState.DRAFT)
    if seen is not None and seen != digest_of(row):
        raise ReportChanged(
            _("The report changed since you looked at it. Read it again, then approve it."),
            details={"seen": digest_of(row)},
        )
    row.state, row.approved_at, row.approved_by = ReportState.APPROVED, now, by
    with because("forecasts.report_approved", by=by):
        row.save(update_fields=["state", "approved_at", "approved_by", "updated_at"])
    return row


@transaction.atomic
def reopen_report(*, report: SituationReport, reason: str, by: User, now: datetime) -> SituationReport:
    """Take an approved report back to draft, with the reason. forecasts.write_reports. Refuses what is not approved."""
    del now
    row = locked(report, ReportState.APPROVED)
    if not reason.strip():
        raise ReasonMissing(_("Say why the approved report goes back to draft."), field="reason")
    row.state, row.approved_at, row.approved_by = ReportState.DRAFT, None, None
    with because("forecasts.report_reopened", by=by, reason=reason.strip()):
        row.save(update_fields=["state", "approved_at", "approved_by", "updated_at"])
    return row


@transaction.atomic
def issue_report(*, report: SituationReport, readers: Iterable[User], by: User, now: datetime) -> SituationReport:
    """Issue an approved report to its READERS: from now on it never changes. forecasts.write_reports.

    They are told after the commit, other systems too. Refuses what is not approved, and readers who could not open it.
    """
    row = locked(report, ReportState.APPROVED)
    named = checked_readers(readers)
    row.state, row.issued_at, row.issued_by, row.digest = ReportState.ISSUED, now, by, digest_of(row)
    with because("forecasts.report_issued", by=by):
        row.save(update_fields=["state", "issued_at", "issued_by", "digest", "updated_at"])
        add_readers(row, named, now=now)
    emit(topic=REPORT_TOPIC, key=f"{row.pk}", payload={"report": row.pk})
    return row


@transaction.atomic
def name_readers(*, report: SituationReport, readers: Iterable[User], by: User, now: datetime) -> int:
    """Name further readers of an issued report and tell them; how many are new. forecasts.write_reports.

    Refuses a report that is not issued, and readers who could not open it.
    """
    row = locked(report, ReportState.ISSUED)
    with because("forecasts.report_readers_named", by=by):
        new = add_readers(row, checked_readers(readers), now=now)
    if new:
        keys = "-".join(str(user.pk) for user in new)
        tell_readers(row, new, now=now, key=f"report-{row.pk}-{hashlib.sha256(keys.encode()).hexdigest()[:12]}")
    return len(new)


def checked_readers(readers: Iterable[User]) -> list[User]:
    """Each once; those who may not see forecasts at all are refused by name."""
    wanted = {user.pk: user for user in readers}
    known = set(users_with_capability("forecasts.view").filter(pk__in=wanted).values_list("pk", flat=True))
    strange = sorted(user.name for pk, user in wanted.items() if pk not in known)
    if strange:
        message = ngettext(
            "%(names)s may not see forecasts and could not open the report. Choose somebody else.",
            "%(names)s may not see forecasts and could not open the report. Choose others.",
            len(strange),
        )
        raise WrongReaders(message % {"names": ", ".join(strange)}, field="readers")
    return list(wanted.values())


def add_readers(report: SituationReport, readers: Iterable[User], *, now: datetime) -> list[User]:
    """Those who are not named yet."""
    known = set(report.readers.values_list("user", flat=True))
    new = [user for user in readers if user.pk not in known]
    ReportReader.objects.bulk_create([ReportReader(report=report, user=user, named_at=now) for user in new])
    return new


def mark_report_read(*, report: SituationReport, user: User, now: datetime) -> bool:
    """Note that a named reader has opened the issued report; whether for the first time. Anybody else changes nothing."""
    rows = ReportReader.objects.filter(report=report, user=user, read_at=None)
    return bool(rows.update(read_at=now)) if report.state == ReportState.ISSUED else False


def tell_report(*, report: SituationReport, now: datetime) -> dict[str, int]:
    """Tell the readers and the systems that asked for it. Safe to repeat: keys keep each to once."""
    users = [reader.user for reader in report.readers.select_related("user")]
    tell_readers(report, users, now=now, key=f"report-{report.pk}")
    facts = {
        "id": report.pk,
        "month": str(Month.of(report.month)),
        "version": report.version,
        "off_target": report.content["sections"]["off"]["facts"]["off"],
        "digest": report.digest,
        "issued_at": report.issued_at.isoformat() if report.issued_at else "",
    }
    called = emit_webhook(event=REPORT_TOPIC, key=f"{report.pk}", payload=facts, now=now)
    return {"people": len(users), "systems": called}


def tell_readers(report: SituationReport, users: Iterable[User], *, now: datetime, key: str) -> None:
    """The notice with the link."""
    month = month_text(Month.of(report.month))
    off = report.content["sections"]["off"]["facts"]["off"]
    notify(
        users=users,
        kind="forecasts.report_issued",
        subject=_("The situation-and-outlook report of %(month)s") % {"month": month},
        body=ngettext("One KPI is off target.", "%(count)s KPIs are off target.", off) % {"count": off},
        url=f"/forecasts/reports/{report.pk}/",
        key=key,
        now=now,
    )


def digest_of(report: SituationReport) -> str:
    """SHA-256 over figures, sentences and what was written."""
    return hashlib.sha256(as_text({"content": report.content, "said": report.said}).encode()).hexdigest()


def locked(report: SituationReport, state: str) -> SituationReport:
    """The report locked, if it stands in STATE; else the answer says where it stands."""
    row = SituationReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if row.state != state:
        words = {
            "month": month_text(Month.of(row.month)),
            "state": row.get_state_display(),
            "wanted": ReportState(state).label,
        }
        raise ReportBusy(
            _("The report of %(month)s is “%(state)s”; this can only be done with one that is “%(wanted)s”.") % words,
            details={"state": row.state},
        )
    return row
