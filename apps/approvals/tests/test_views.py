"""Who sees which case, and how an answer is given."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.approvals.choices import Ask, CaseState
from apps.approvals.models import Step
from apps.approvals.services import AskFor, rule_on
from apps.approvals.tests.factories import SUBMITTED, brief, make_case
from apps.notifications.models import StandIn

NOW = datetime(2026, 11, 17, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def next_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def sign_in(client):
    def as_role(*roles, user=None):
        person = user or UserFactory(roles=list(roles))
        client.force_login(person)
        return person

    return as_role


def page(client, case, name="detail"):
    return client.get(reverse(f"approvals:{name}", args=[case.pk]))


def answer(client, case, ruling="approve", *, version=1, position=1, **words):
    step = case.steps.get(position=position)
    url = reverse("approvals:rule", args=[case.pk, step.pk])
    return client.post(url, {"ruling": ruling, "version": version, **words})


class TestAccess:
    @pytest.mark.parametrize("name", ["list", "sent", "all"])
    @pytest.mark.parametrize(
        ("role", "status"),
        [
            ("coo", 200), ("gm", 200), ("manager", 200), ("hr", 200), ("finance", 200), ("auditor", 200),
            ("employee", 403), ("administrator", 403), ("integration", 403),
        ],
    )  # fmt: skip
    def test_the_lists_open_for_their_roles(self, client, sign_in, name, role, status):
        sign_in(role)
        assert client.get(reverse(f"approvals:{name}")).status_code == status

    def test_strangers_are_sent_to_sign_in(self, client):
        case = make_case()
        for response in (page(client, case), answer(client, case), client.get(reverse("approvals:list"))):
            assert response.status_code == 302
            assert response.url.startswith(reverse("account_login"))

    def test_a_case_of_somebody_else_does_not_exist_for_a_manager(self, client, sign_in):
        case = make_case(title="Secret plan")
        sign_in("manager")
        assert [page(client, case).status_code, page(client, case, "withdraw").status_code] == [404, 404]
        assert answer(client, case).status_code == 404
        assert "Secret plan" not in client.get(reverse("approvals:all")).content.decode()
        assert case.steps.get(position=1).decided_at is None

    def test_the_submitter_an_author_and_the_asked_see_it(self, client, sign_in):
        author, asked = UserFactory(roles=["manager"]), UserFactory(roles=["manager"])
        case = make_case(authors=[author], steps=(AskFor(Ask.REVIEW, user=asked), AskFor(role="gm")))
        for person in (case.submitted_by, author, asked):
            sign_in(user=person)
            assert page(client, case).status_code == 200

    def test_somebody_asked_later_does_not_see_it_yet(self, client, sign_in):
        later = UserFactory(roles=["manager"])
        case = make_case(steps=(AskFor(role="coo"), AskFor(Ask.REVIEW, user=later)))
        sign_in(user=later)
        assert page(client, case).status_code == 404


class TestDesk:
    def test_lists_what_waits_for_me_the_most_urgent_first(self, client, sign_in):
        sign_in("coo")
        make_case(title="Later", now=datetime(2026, 11, 17, 8, tzinfo=UTC))
        make_case(title="Sooner")
        html = client.get(reverse("approvals:list")).content.decode()
        assert html.index("Sooner") < html.index("Later")

    def test_leaves_out_my_own_and_other_peoples_turns(self, client, sign_in):
        gm = sign_in("gm")
        make_case(title="Waits for the COO")
        make_case(title="Mine", submitted_by=gm, steps=(AskFor(role="gm"),))
        html = client.get(reverse("approvals:list")).content.decode()
        assert "Nothing waits for you" in html

    def test_shows_what_i_answer_as_a_stand_in(self, client, sign_in):
        coo, deputy = UserFactory(roles=["coo"]), sign_in("manager")
        StandIn.objects.create(user=coo, stand_in=deputy, first_day=date(2026, 11, 16), last_day=date(2026, 11, 20))
        case = make_case(title="For the COO")
        make_case(title="Submitted by the COO", submitted_by=coo)
        html = client.get(reverse("approvals:list")).content.decode()
        assert "For the COO" in html
        assert "Submitted by the COO" not in html
        assert "You answer as a stand-in" in page(client, case).content.decode()

    def test_sent_page_lists_only_mine(self, client, sign_in):
        me = sign_in("coo")
        make_case(title="Somebody else's")
        make_case(title="My request", submitted_by=me)
        html = client.get(reverse("approvals:sent")).content.decode()
        assert "My request" in html
        assert "Somebody else" not in html

    @pytest.mark.parametrize("name", ["list", "all"])
    def test_costs_the_same_queries_however_long_it_is(self, client, sign_in, django_assert_max_num_queries, name):
        sign_in("coo")
        client.get(reverse(f"approvals:{name}"))
        for _ in range(30):
            make_case()
        with django_assert_max_num_queries(15):
            client.get(reverse(f"approvals:{name}"))

    def test_exports(self, client, sign_in):
        sign_in("auditor")
        make_case(title="=2+5")
        text = b"".join(client.get(reverse("approvals:all"), {"export": "csv"}).streaming_content).decode()
        assert "'=2+5" in text


class TestDetail:
    def test_shows_the_brief_and_the_steps(self, client, sign_in):
        sign_in("auditor")
        html = page(client, make_case(brief=brief(options=[{"label": "Wait", "cons": "Late orders"}]))).content.decode()
        for words in ("Two more people for the night shift.", "84,000.00", "Late orders", "Chief operating officer"):
            assert words in html
        assert '<form method="post" class="card"' not in html

    def test_hostile_text_stays_text(self, client, sign_in):
        sign_in("auditor")
        html = page(client, make_case(title="<script>x</script>", brief=brief(summary="<img src=x>"))).content.decode()
        assert "<script>x" not in html
        assert "<img src=x>" not in html

    def test_offers_the_answer_only_to_whose_turn_it_is(self, client, sign_in):
        case = make_case()
        sign_in("coo")
        assert "Your turn" in page(client, case).content.decode()
        sign_in("gm")
        assert "Your turn" not in page(client, case).content.decode()

    def test_says_why_the_submitter_may_not_rule(self, client, sign_in):
        case = make_case(submitted_by=sign_in("coo"))
        assert "submitted this yourself" in page(client, case).content.decode()


class TestRule:
    def test_records_the_answer(self, client, sign_in):
        coo, case = sign_in("coo"), make_case()
        assert answer(client, case, "conditions", conditions="Until June").status_code == 302
        step = case.steps.get(position=1)
        assert (step.decided_by, step.ruling, step.conditions) == (coo, "conditions", "Until June")

    def test_keeps_what_was_typed_when_words_are_missing(self, client, sign_in):
        sign_in("coo")
        case = make_case()
        response = answer(client, case, "return", conditions="Typed in the wrong box")
        html = response.content.decode()
        assert response.status_code == 422
        assert "Give the reason" in html
        assert "Typed in the wrong box" in html

    @pytest.mark.parametrize("sent", [{}, {"ruling": "burn", "version": 1}, {"ruling": "approve", "version": "x"}])
    def test_answers_a_broken_form_with_422(self, client, sign_in, sent):
        sign_in("coo")
        case = make_case()
        url = reverse("approvals:rule", args=[case.pk, case.steps.get(position=1).pk])
        assert client.post(url, sent).status_code == 422
        assert not Step.objects.filter(decided_at__isnull=False).exists()

    def test_the_slower_one_gets_the_present_state_and_their_words_back(self, client, sign_in):
        sign_in("coo")
        case = make_case()
        faster = UserFactory(name="Fay Quick", roles=["coo"])
        rule_on(case=case, step=case.steps.get(position=1), ruling="veto", reason="No", by=faster, now=NOW,
                expected_version=1)  # fmt: skip
        response = answer(client, case, "approve", reason="My long reason")
        html = response.content.decode()
        assert response.status_code == 409
        assert "Fay Quick was faster: “Veto”" in html
        assert "My long reason" in html

    def test_somebody_who_may_look_but_is_not_asked_is_refused(self, client, sign_in):
        sign_in("auditor")
        case = make_case()
        assert answer(client, case).status_code == 403
        assert case.steps.get(position=1).decided_at is None

    def test_a_step_of_another_case_is_not_found(self, client, sign_in):
        sign_in("coo")
        case, other = make_case(), make_case()
        url = reverse("approvals:rule", args=[case.pk, other.steps.get(position=1).pk])
        assert client.post(url, {"ruling": "approve", "version": 1}).status_code == 404

    def test_takes_a_post(self, client, sign_in):
        sign_in("coo")
        case = make_case()
        assert client.get(reverse("approvals:rule", args=[case.pk, case.steps.get(position=1).pk])).status_code == 405


class TestWithdraw:
    def test_ends_the_case(self, client, sign_in):
        case = make_case(submitted_by=sign_in("manager"))
        sent = {"reason": "Found another way", "version": 1}
        assert client.post(reverse("approvals:withdraw", args=[case.pk]), sent).status_code == 302
        case.refresh_from_db()
        assert case.state == CaseState.WITHDRAWN

    def test_a_stale_page_is_told_and_keeps_the_reason(self, client, sign_in):
        case = make_case(submitted_by=sign_in("manager"), now=SUBMITTED)
        response = client.post(
            reverse("approvals:withdraw", args=[case.pk]), {"reason": "Found another way", "version": 7}
        )
        assert response.status_code == 422
        assert "Found another way" in response.content.decode()
