"""The pages of appeals: who sees which, what stands on them, what is done through them."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from apps.assessments import services
from apps.assessments.choices import AppealState
from apps.assessments.models import Appeal, AssessedMonth, PersonScore
from apps.assessments.tests.appeals import MAY, admitted, appeal_of, line_of, published_draft, restated, ruled
from apps.assessments.tests.factories import NOW
from apps.staff.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mid_june")]


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def get(client, name, *args, **query):
    return client.get(reverse(f"assessments:{name}", args=args), query)


def post(client, name, *args, **data):
    return client.post(reverse(f"assessments:{name}", args=args), data)


class TestReceipt:
    def test_offers_whoever_leads_the_department_to_disagree_with_each_line(self, firm, run, as_):
        body = get(as_(firm.mia), "score", MAY, firm.north.pk).content.decode()
        address = reverse("assessments:file_appeal", args=[MAY, firm.north.pk])
        for code in ("REV", "COM"):
            assert f'href="{address}?line={line_of(run, firm.north, code).pk}"' in body
        assert "Appeals are taken until" in body

    def test_offers_it_to_nobody_else(self, firm, run, as_):
        for user in (firm.nora, firm.hr, firm.gm, firm.auditor):
            assert "I disagree" not in text_of(get(as_(user), "score", MAY, firm.north.pk))

    def test_not_after_the_window_and_not_on_a_draft(self, firm, run, as_):
        AssessedMonth.objects.update(appeals_until=NOW - timedelta(seconds=1))
        assert "I disagree" not in text_of(get(as_(firm.mia), "score", MAY, firm.north.pk))

    def test_names_the_appeals_there_are(self, firm, run, as_):
        appeal = appeal_of(firm, run)
        assert str(appeal) in text_of(get(as_(firm.hr), "score", MAY, firm.north.pk))
        assert str(appeal) not in text_of(get(as_(firm.nora), "score", MAY, firm.north.pk))


class TestFiling:
    def test_one_line_is_chosen_and_the_appeal_opened(self, firm, run, as_):
        line = line_of(run, firm.north, "REV")
        client = as_(firm.mia)
        form = get(client, "file_appeal", MAY, firm.north.pk, line=line.pk).content.decode()
        assert f'<option value="{line.pk}" selected>' in form
        answer = post(client, "file_appeal", MAY, firm.north.pk, indicator=line.pk, reason="99, not 95.", wish="69.30")
        appeal = Appeal.objects.get()
        assert answer["Location"] == appeal.get_absolute_url()
        assert (appeal.indicator, appeal.wish, appeal.filed_by) == (line, "69.30", firm.mia)

    def test_what_was_typed_stays_when_it_is_refused(self, firm, run, as_):
        appeal_of(firm, run)
        line = line_of(run, firm.north, "REV").pk
        answer = post(as_(firm.mia), "file_appeal", MAY, firm.north.pk, indicator=line, reason="Still 99.", wish="")
        assert answer.status_code == 409
        assert "is open already" in text_of(answer) and "Still 99." in text_of(answer)

    def test_an_empty_form_is_refused_field_by_field(self, firm, run, as_):
        answer = post(as_(firm.mia), "file_appeal", MAY, firm.north.pk)
        assert answer.status_code == 422
        assert not Appeal.objects.exists()

    def test_after_the_window_the_page_says_so(self, firm, run, as_):
        AssessedMonth.objects.update(appeals_until=NOW - timedelta(days=3))
        answer = post(as_(firm.mia), "file_appeal", MAY, firm.north.pk, indicator="whole", reason="Late.")
        assert answer.status_code == 422
        assert "were taken until 12 June 2026" in text_of(answer)

    def test_those_who_do_not_lead_are_refused_before_they_write(self, firm, run, as_):
        assert get(as_(firm.nora), "file_appeal", MAY, firm.north.pk).status_code == 403
        assert get(as_(firm.hr), "file_appeal", MAY, firm.north.pk).status_code == 403
        assert get(as_(firm.mia), "file_appeal", MAY, firm.works.pk).status_code == 404

    def test_ones_own_score_and_nobody_elses(self, firm, run, as_):
        person = Person.objects.get(user=firm.nora)
        PersonScore.objects.create(
            run=run, person=person, department=firm.north, role="member", status="ok", days=31,
            dept_weight=30, personal_weight=70, total="87.62", grade="B", digest="x",
        )  # fmt: skip
        assert get(as_(firm.mia), "file_person_appeal", MAY, person.pk).status_code == 404
        answer = post(as_(firm.nora), "file_person_appeal", MAY, person.pk, reason="The rating is Nina's.")
        assert answer.status_code == 302
        appeal = Appeal.objects.get()
        assert appeal.person == person
        assert "87.62" in text_of(get(as_(firm.nora), "appeal", appeal.pk))
        assert str(appeal) in text_of(get(as_(firm.nora), "own_appeals"))


class TestLists:
    def test_everybody_sees_what_is_theirs(self, firm, run, as_):
        north, works = appeal_of(firm, run), appeal_of(firm, run, department=firm.works, by=firm.coo)
        seen = {
            user.name: [str(one) in text_of(get(as_(user), "all_appeals")) for one in (north, works)]
            for user in (firm.hr, firm.gm, firm.auditor, firm.mia, firm.nora)
        }
        assert seen == {
            "Hanna HR": [True, True],
            "Gus General": [True, True],
            "Alf Auditor": [True, True],
            "Mia Manager": [True, False],
            "Nora North": [False, False],
        }
        assert get(as_(firm.mia), "appeal", works.pk).status_code == 404
        assert get(as_(firm.nora), "appeal", north.pk).status_code == 404

    def test_what_waits_for_whom(self, firm, run, as_):
        appeal = appeal_of(firm, run)
        assert str(appeal) in text_of(get(as_(firm.hr), "appeals"))
        assert str(appeal) not in text_of(get(as_(firm.gm), "appeals"))
        services.hand_up_appeal(appeal=admitted(firm, appeal), reason="To you.", by=firm.hr, now=NOW)
        assert str(appeal) not in text_of(get(as_(firm.hr), "appeals"))
        assert str(appeal) in text_of(get(as_(firm.gm), "appeals"))
        assert str(appeal) in text_of(get(as_(firm.mia), "appeals"))

    def test_are_searched_filtered_and_exported(self, firm, run, as_):
        north, south = appeal_of(firm, run), appeal_of(firm, run, department=firm.south, code="COM")
        client = as_(firm.hr)
        assert str(south) not in text_of(get(client, "all_appeals", q="North"))
        services.withdraw_appeal(appeal=south, by=firm.mia, now=NOW)
        assert str(north) not in text_of(get(client, "all_appeals", state="withdrawn"))
        assert str(north) in text_of(get(client, "all_appeals", month="2026-05"))
        file = get(client, "all_appeals", export="csv")
        rows = b"".join(file.streaming_content).decode()
        assert "99, not 95." in rows and "North" in rows and "withdrawn" in rows.lower()

    def test_show_how_long_there_is(self, firm, run, as_):
        appeal_of(firm, run)
        assert "5 working days left" in text_of(get(as_(firm.hr), "appeals"))
        # Thursday; a Friday and the Monday of today lie behind it.
        Appeal.objects.update(due_at=NOW - timedelta(days=4))
        body = text_of(get(as_(firm.hr), "all_appeals", late="1"))
        assert "2 working days overdue" in body

    def test_cost_the_same_however_many(self, firm, run, as_, django_assert_max_num_queries):
        for place in (firm.north, firm.south):
            for code in ("REV", "COM", None):
                appeal_of(firm, run, department=place, code=code)
        client = as_(firm.hr)
        get(client, "all_appeals")
        with django_assert_max_num_queries(16):
            assert get(client, "all_appeals").status_code == 200


class TestTheWayThroughThePages:
    def test_from_filing_to_the_corrected_score(self, firm, run, as_):
        appeal = appeal_of(firm, run, wish="69.30 points")
        page = text_of(get(as_(firm.hr), "appeal", appeal.pk))
        assert "5 working days left" in page and "69.30 points" in page and "66.50 of 70.00" in page
        assert post(as_(firm.hr), "admit_appeal", appeal.pk).status_code == 302
        restated(firm, firm.north, 99)
        line = line_of(run, firm.north, "REV").pk
        answer = post(
            as_(firm.hr), "rule_appeal", appeal.pk, ruling="upheld", reason="99 was booked.", indicators=[line]
        )
        assert answer.status_code == 302
        assert "you see it here as soon as" in text_of(get(as_(firm.mia), "appeal", appeal.pk)).lower()
        hr_page = text_of(get(as_(firm.hr), "appeal", appeal.pk))
        assert "90.50" in hr_page and "93.30" in hr_page and "69.30" in hr_page
        published_draft(firm)
        mia_page = text_of(get(as_(firm.mia), "appeal", appeal.pk))
        assert "Before and after" in mia_page and "93.30" in mia_page and "99 was booked." in mia_page

    def test_buttons_are_those_of_the_person_and_the_state(self, firm, run, as_):
        def acts(user):
            body = get(as_(user), "appeal", appeal.pk).content.decode()
            found = ("admit", "reject", "withdraw", "rule", "hand-up", "second-level")
            return [name for name in found if f"/assessments/appeals/{appeal.pk}/{name}/" in body]

        appeal = appeal_of(firm, run)
        assert (acts(firm.hr), acts(firm.mia), acts(firm.gm)) == (["admit", "reject"], ["withdraw"], [])
        admitted(firm, appeal)
        assert (acts(firm.hr), acts(firm.mia), acts(firm.gm)) == (["rule", "hand-up"], [], [])
        ruled(appeal, "dismissed")
        assert (acts(firm.hr), acts(firm.mia), acts(firm.gm)) == ([], ["second-level"], [])
        assert "can be taken to the second level until" in text_of(get(as_(firm.mia), "appeal", appeal.pk))

    def test_a_refused_ruling_keeps_what_was_written(self, firm, run, as_):
        appeal = admitted(firm, appeal_of(firm, run))
        restated(firm, firm.north, 50)
        line = line_of(run, firm.north, "REV").pk
        answer = post(as_(firm.hr), "rule_appeal", appeal.pk, ruling="upheld", reason="So it is.", indicators=[line])
        assert answer.status_code == 422
        assert "would fall from 90.50 to 59.00" in text_of(answer) and "So it is." in text_of(answer)
        assert post(as_(firm.hr), "rule_appeal", appeal.pk).status_code == 422
        assert post(as_(firm.hr), "hand_up_appeal", appeal.pk, reason="It would fall.").status_code == 302
        assert Appeal.objects.get().reviewer == firm.gm

    def test_steps_of_others_are_refused(self, firm, run, as_):
        appeal = appeal_of(firm, run)
        assert post(as_(firm.hr), "withdraw_appeal", appeal.pk).status_code == 403
        assert post(as_(firm.mia), "admit_appeal", appeal.pk).status_code == 403
        assert get(as_(firm.gm), "rule_appeal", appeal.pk).status_code == 403
        assert post(as_(firm.hr), "reject_appeal", appeal.pk, reason="").status_code == 422
        assert post(as_(firm.hr), "reject_appeal", appeal.pk, reason="No figure.").status_code == 302
        assert post(as_(firm.hr), "admit_appeal", appeal.pk).status_code == 409
        assert Appeal.objects.get().state == AppealState.REJECTED

    def test_the_second_level_is_asked_from_the_page(self, firm, run, as_):
        former = ruled(admitted(firm, appeal_of(firm, run)), "dismissed")
        answer = post(as_(firm.mia), "take_higher", former.pk, reason="The invoice is there.")
        following = Appeal.objects.get(level=2)
        assert answer["Location"] == former.get_absolute_url()
        assert "taken to the second level" in text_of(get(as_(firm.mia), "appeal", former.pk))
        assert "second level" in text_of(get(as_(firm.gm), "appeal", following.pk))
