"""A published month to take away: as a signed bundle that can be checked anywhere, and as a workbook to work with.

A bundle is one JSON object {"content": …, "signature": …} in canonical form: keys in order, no blanks, UTF-8, numbers that
are not whole as text. The signature covers the SHA-256 of the content's bytes. docs/verify_month.py checks it.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, Any

from django.utils.translation import gettext as _

from apps.assessments.choices import RunState
from apps.assessments.models import Publication, ScoreRun
from apps.assessments.selectors.bundles import MonthTable, chain_until, tables_of
from apps.assessments.services.refusals import MonthBusy
from apps.assessments.services.signing import keys_address, sign, signing_keys
from apps.core.exports import Sheet, json_value, write_book
from apps.core.month import Month
from apps.core.wording import month_text

FORMAT = "operations-portal/assessed-month/1"
IN_MEMORY = 4_000_000
"""Bytes of a bundle above which it is written to a file."""
SCHEME_TERMS = (
    *("min_coverage", "min_total", "max_total", "bonus_cap", "deduction_cap", "is_gated", "grades", "bonus_items"),
    *("penalty_items", "veto_items", "staff_rules", "calibration_band", "reward_rules", "calendar", "cumulative_pct"),
)
COUNTS = (
    *("score_count", "scored_count", "pending_count", "person_count", "line_count", "with_data_count", "mean_total"),
    *("fingerprint", "digest"),
)


def canonical(value: Any) -> str:
    """VALUE as the one JSON text there is for it. Numbers that are not whole become text, so that no reader rounds them."""
    return json.dumps(exact(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def exact(value: Any) -> Any:
    """VALUE in what the canonical form knows: objects, lists, texts, whole numbers, true, false, null."""
    if isinstance(value, dict):
        return {str(key): exact(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [exact(one) for one in value]
    return repr(value) if isinstance(value, float) else json_value(value)


def require_publication(run: ScoreRun) -> Publication:
    """The publication of the run. MonthBusy where it was never published: there is nothing to vouch for."""
    found = getattr(run, "publication", None)
    if not isinstance(found, Publication):
        raise MonthBusy(
            _(
                "%(month)s, version %(version)s is not published. Only published scores can be taken out. "
                "Publish the month, or choose one that is."
            )
            % {"month": month_text(Month.of(run.month)), "version": run.version},
            details={"state": run.state},
        )
    return found


def run_words(run: ScoreRun) -> dict[str, Any]:
    """What is kept of the run itself. Whether a later edition has superseded it may change, so it is not told."""
    return {
        "version": run.version,
        "gathered_at": run.gathered_at,
        "is_past_cut_off": run.is_past_cut_off,
        "is_past_reports": run.is_past_reports,
        "started_by": run.started_by.name if run.started_by else None,
        "approved_at": run.approved_at,
        "reason": run.reason,
        **{name: getattr(run, name) for name in COUNTS},
    }


def scheme_words(run: ScoreRun) -> dict[str, Any]:
    """The version of the rules it was worked out by; its indicators are a table of their own."""
    scheme = run.scheme
    terms = {name: getattr(scheme, name) for name in SCHEME_TERMS}
    return {"id": scheme.pk, "name": scheme.name, "version": scheme.version, **terms}


def publication_words(one: Publication) -> dict[str, Any]:
    """One link of the chain: its digest is the SHA-256 of the digest before and that of its run, as text."""
    return {
        "month": str(Month.of(one.month)),
        "edition": one.number,
        "published_at": one.published_at,
        "published_by": one.published_by.name,
        "run_digest": one.run.digest,
        "digest": one.digest,
    }


def content_parts(run: ScoreRun) -> Iterator[str]:
    """The content of a bundle in canonical form, piece by piece: a month of any size in bounded memory."""
    key = signing_keys()[0]
    plain: dict[str, Any] = {
        "format": FORMAT,
        "key_id": key.key_id,
        "key_url": keys_address(),
        "month": str(Month.of(run.month)),
        "publications": [publication_words(one) for one in chain_until(require_publication(run))],
        "run": run_words(run),
        "scheme": scheme_words(run),
    }
    parts: dict[str, Iterable[str]] = {name: (canonical(value),) for name, value in plain.items()}
    parts |= {table.key: table_parts(table) for table in tables_of(run)}
    between = "{"
    for name in sorted(parts):
        yield f"{between}{canonical(name)}:"
        yield from parts[name]
        between = ","
    yield "}"


def table_parts(table: MonthTable) -> Iterator[str]:
    """One table: the names of its columns, then its rows in the order of these."""
    yield f'{{"columns":{canonical([one.key for one in table.columns])},"rows":['
    for place, row in enumerate(table.rows()):
        yield f"{',' if place else ''}{canonical(row)}"
    yield "]}"


def write_bundle(*, run: ScoreRun) -> IO[bytes]:
    """A signed bundle of a run that was published, as an open file. MonthBusy where it never was."""
    require_publication(run)
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    digest = hashlib.sha256()
    file.write(b'{"content":')
    for part in content_parts(run):
        written = part.encode()
        digest.update(written)
        file.write(written)
    file.write(f',"signature":{canonical(sign(digest.digest()))}}}'.encode())
    file.seek(0)
    return file


def write_month_book(*, run: ScoreRun) -> IO[bytes]:
    """A workbook of a run that was published: its receipt, scores, lines, people if there are any. MonthBusy if never."""
    require_publication(run)
    found = {table.key: table for table in tables_of(run)}
    wanted = ("scores", "lines", "people", "indicators") if run.person_count else ("scores", "lines", "indicators")
    return write_book(chain((receipt_sheet(run),), (table_sheet(found[key]) for key in wanted)))


def table_sheet(table: MonthTable) -> Sheet:
    """A table as a sheet: codes in words, lists as text."""
    known = [one.words for one in table.columns]
    columns = [(one.key, str(one.label)) for one in table.columns]
    rows = ([cell(value, words) for value, words in zip(row, known, strict=True)] for row in table.rows())
    return Sheet(str(table.label), columns, rows)


def cell(value: Any, words: Any) -> Any:
    """One value for a spreadsheet."""
    if isinstance(value, (dict, list)):
        return canonical(value) if value else ""
    return str(words.get(value, value)) if words else value


def receipt_sheet(run: ScoreRun) -> Sheet:
    """What the run is, by whom and when, and the digests that vouch for it."""
    publication = require_publication(run)
    scheme = run.scheme
    rows: list[tuple[str, Any]] = [
        (_("Month"), str(Month.of(run.month))),
        (_("Version"), run.version),
        (_("State"), RunState(run.state).label),
        (_("Edition"), publication.number),
        (_("Scheme"), str(scheme)),
        (_("Figures as of"), run.gathered_at),
        (_("Worked out by"), run.started_by.name if run.started_by else _("The portal")),
        (_("Why it was worked out again"), run.reason),
        (_("Approved at"), run.approved_at),
        (_("Published at"), publication.published_at),
        (_("Published by"), publication.published_by.name),
        (_("Departments"), run.score_count),
        (_("With a score"), run.scored_count),
        (_("People"), run.person_count),
        (_("Lines"), run.line_count),
        (_("Lines with data"), run.with_data_count),
        (_("Mean score"), run.mean_total),
        (_("Digest of the scores"), run.digest),
        (_("Digest of the publication before"), publication.previous.digest if publication.previous else ""),
        (_("Digest of the publication"), publication.digest),
    ]
    return Sheet(_("Receipt"), (("name", _("What")), ("value", _("Value"))), rows)
