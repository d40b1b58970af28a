"""A published month taken out: signed, checked outside the portal by the script in docs, and as a workbook."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook
from rest_framework.test import APIClient

from apps.accounts.rules import capabilities_of
from apps.accounts.tests.factories import make_key
from apps.assessments import services
from apps.assessments.choices import LineStatus
from apps.assessments.models import Indicator, Publication, ScoreRun
from apps.assessments.models.schemes import KEPT_OF_SCHEME
from apps.assessments.services.bundling import canonical
from apps.assessments.services.signing import sign
from apps.assessments.tests.factories import NOW, published
from apps.core.month import Month

pytestmark = pytest.mark.django_db
SCRIPT = Path(__file__).resolve().parents[3] / "docs" / "verify_month.py"


@pytest.fixture
def may(firm, scheme):
    """April and May, published one after the other; the newest run."""
    published("2026-04", by=firm.hr, deciders=[firm.coo, firm.gm])
    return published("2026-05", by=firm.hr, deciders=[firm.coo, firm.gm]).run


def bundle_of(run):
    with services.write_bundle(run=run) as file:
        return file.read()


def book_of(run):
    with services.write_month_book(run=run) as file:
        return load_workbook(io.BytesIO(file.read()))


def taken(answer):
    """The whole file; reading it to its end closes it."""
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def keys_now():
    return {"keys": [key._asdict() for key in services.signing_keys()]}


@pytest.fixture
def verified(tmp_path):
    """`verified(bundle, keys)`: how the script of the documents ends, with what it says."""

    def run(raw, keys):
        (tmp_path / "month.json").write_bytes(raw)
        (tmp_path / "keys.json").write_text(json.dumps(keys))
        words = [sys.executable, str(SCRIPT), str(tmp_path / "month.json"), str(tmp_path / "keys.json")]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return run


class TestBundle:
    def test_holds_the_month_in_the_one_form_there_is(self, firm, may):
        raw = bundle_of(may)
        found = json.loads(raw)
        assert canonical(found).encode() == raw
        content = found["content"]
        assert (content["month"], content["run"]["version"], content["run"]["digest"]) == ("2026-05", 1, may.digest)
        columns = content["scores"]["columns"]
        by_code = {
            row[columns.index("department_code")]: row[columns.index("total")] for row in content["scores"]["rows"]
        }
        assert by_code["NORTH"] == f"{may.scores.get(department=firm.north).total:f}"
        assert len(content["lines"]["rows"]) == may.line_count
        assert [one["digest"] for one in content["publications"]] == list(
            Publication.objects.order_by("pk").values_list("digest", flat=True)
        )

    def test_tells_the_whole_of_the_rules(self, firm, may):
        of_draft = {"version", "name", "state", "note", "basis_id", "drafted_by_id", "case_id", "approved_at"}
        content = json.loads(bundle_of(may))["content"]
        assert set(KEPT_OF_SCHEME) - of_draft <= set(content["scheme"])
        assert content["scheme"]["cumulative_pct"] == "0.00"
        columns = content["indicators"]["columns"]
        assert [row[columns.index("target_policy")] for row in content["indicators"]["rows"]] == ["period_end"] * 2
        fields = {field.name for field in Indicator._meta.concrete_fields} - {
            "id",
            "scheme",
            "created_at",
            "updated_at",
        }
        assert fields - {"kpi", "position"} <= set(columns)

    def test_is_verified_outside_the_portal_by_a_script_of_thirty_lines(self, may, verified):
        assert len(SCRIPT.read_text().splitlines()) <= 30
        code, words = verified(bundle_of(may), keys_now())
        assert (code, words) == (0, f"Sound: 2026-05, edition 1, publication {may.publication.digest}\n")

    def test_one_changed_byte_anywhere_is_found(self, may, verified):
        raw = bundle_of(may)
        for place in (
            raw.index(b'"total"') + 1,
            raw.index(b"NORTH"),
            raw.index(b"http"),
            raw.index(b'"signature"') + 20,
        ):
            changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
            code, words = verified(changed, keys_now())
            assert (code, words[:9]) == (1, "NOT SOUND"), (place, words)

    def test_blanks_put_between_are_found(self, may, verified):
        assert verified(bundle_of(may).replace(b",", b", ", 1), keys_now())[0] == 1

    def test_scores_signed_by_somebody_else_are_found(self, may, verified, settings):
        keys = keys_now()
        settings.SECRET_KEY = "the key of another portal " * 3
        assert verified(bundle_of(may), keys)[0] == 1

    def test_a_former_key_still_answers_for_what_it_signed(self, may, verified, settings):
        raw = bundle_of(may)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "the next key of this portal " * 3
        assert verified(raw, keys_now())[0] == 0
        assert json.loads(bundle_of(may))["content"]["key_id"] != json.loads(raw)["content"]["key_id"]

    def test_a_portal_that_signs_changed_scores_is_found_by_their_digests(self, firm, may, verified):
        may.digest = "0" * 64
        assert verified(bundle_of(may), keys_now())[0] == 1

    def test_a_portal_that_signs_a_broken_chain_is_found(self, may, verified):
        content = json.loads(bundle_of(may))["content"]
        content["publications"][0]["run_digest"] = "0" * 64
        signed = sign(hashlib.sha256(canonical(content).encode()).digest())
        code, words = verified(canonical({"content": content, "signature": signed}).encode(), keys_now())
        assert (code, "chain of publications is broken" in words) == (1, True)

    def test_an_older_edition_is_told_with_the_chain_up_to_it(self, may):
        april = ScoreRun.objects.get(month=Month(2026, 4).first_day)
        assert len(json.loads(bundle_of(april))["content"]["publications"]) == 1

    def test_a_draft_is_refused(self, firm, scheme):
        run = services.compute_month(month=Month(2026, 5), by=firm.hr, now=NOW).run
        for write in (services.write_bundle, services.write_month_book):
            with pytest.raises(services.MonthBusy, match="May 2026, version 1 is not published"):
                write(run=run)


class TestWorkbook:
    def test_holds_receipt_scores_lines_and_rules(self, firm, may):
        book = book_of(may)
        assert book.sheetnames == ["Receipt", "Scores", "Lines", "Indicators"]
        receipt = {row[0].value: row[1].value for row in book["Receipt"].iter_rows(min_row=2)}
        assert (receipt["Month"], receipt["Digest of the publication"]) == ("2026-05", may.publication.digest)
        assert book["Lines"].max_row == may.line_count + 1
        head = [cell.value for cell in book["Scores"][1]]
        assert {row[head.index("Department")].value for row in book["Scores"].iter_rows(min_row=2)} == {
            "North", "South", "Works",
        }  # fmt: skip

    def test_no_cell_becomes_a_formula(self, firm, may):
        type(firm.north).objects.filter(pk=firm.north.pk).update(name='=HYPERLINK("http://bad","x")')
        book = book_of(may)
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert [cell.value for cell in cells if cell.data_type == "f"] == []
        assert '\'=HYPERLINK("http://bad","x")' in [cell.value for cell in cells]

    def test_says_codes_in_words(self, firm, may):
        book = book_of(may)
        head = [cell.value for cell in book["Lines"][1]]
        said = {row[head.index("Status")].value for row in book["Lines"].iter_rows(min_row=2)}
        assert said == {str(LineStatus(code).label) for code in may.lines.values_list("status", flat=True)}


class TestPages:
    def test_anybody_reads_the_public_keys(self, client, db):
        found = client.get("/assessments/signing-keys/").json()["keys"]
        (key,) = services.signing_keys()
        assert found == [{"key_id": key.key_id, "public_key": key.public_key, "algorithm": "Ed25519"}]

    def test_the_board_offers_both_and_shows_the_digests(self, firm, may, as_):
        body = as_(firm.hr).get("/assessments/2026-05/").content.decode()
        before = may.publication.previous.digest
        assert all(digest in body for digest in (may.publication.digest, before, may.digest))
        for url in ("/assessments/2026-05/bundle/?version=1", "/assessments/2026-05/workbook/?version=1"):
            assert url in body
            assert taken(as_(firm.auditor).get(url))

    def test_the_bundle_is_a_file(self, firm, may, as_):
        answer = as_(firm.auditor).get("/assessments/2026-05/bundle/")
        assert answer["Content-Disposition"] == 'attachment; filename="assessments-2026-05-v1.json"'
        assert taken(answer) == bundle_of(may)

    def test_who_sees_less_than_the_month_gets_none(self, firm, may, as_):
        for kind in ("bundle", "workbook"):
            assert as_(firm.mia).get(f"/assessments/2026-05/{kind}/").status_code == 403
            assert as_(firm.hr).get(f"/assessments/2026-05/{kind}/?version=7").status_code == 404

    def test_a_board_without_publication_offers_nothing(self, firm, scheme, as_):
        services.compute_month(month=Month(2026, 5), by=firm.hr, now=NOW)
        body = as_(firm.hr).get("/assessments/2026-05/").content.decode()
        assert "/bundle/" not in body


class TestApi:
    def client(self, user):
        held = APIClient()
        roles = user.role_grants.values_list("role", flat=True)
        held.credentials(HTTP_AUTHORIZATION=f"Bearer {make_key(user, sorted(capabilities_of(roles)))[1]}")
        return held

    def test_sends_the_same_bundle(self, firm, may):
        answer = self.client(firm.hr).get(f"/api/v1/score-runs/{may.pk}/bundle/")
        assert taken(answer) == bundle_of(may)

    def test_sends_the_workbook_and_tells_the_digests(self, firm, may):
        client = self.client(firm.hr)
        assert taken(client.get(f"/api/v1/score-runs/{may.pk}/workbook/"))[:2] == b"PK"
        row = client.get(f"/api/v1/score-runs/{may.pk}/").json()
        chain = (row["publication_digest"], row["previous_publication_digest"])
        assert chain == (may.publication.digest, may.publication.previous.digest)

    def test_a_draft_is_409(self, firm, scheme):
        run = services.compute_month(month=Month(2026, 5), by=firm.hr, now=NOW).run
        answer = self.client(firm.hr).get(f"/api/v1/score-runs/{run.pk}/bundle/")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "month_not_there")
