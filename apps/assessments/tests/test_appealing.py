"""Appeals: who may file which, when, who looks at it, and what a ruling does."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.tests.factories import UserFactory
from apps.assessments import services
from apps.assessments.choices import AppealState, RunState
from apps.assessments.models import Appeal, AssessedMonth, PersonScore, Rating, Score
from apps.assessments.services import AppealMoved, AppealRefused, Matter, MonthBusy
from apps.assessments.services.refusals import NotYourStep
from apps.assessments.services.reviewers import approved_by, had_a_part
from apps.assessments.tests.appeals import (
    MAY,
    admitted,
    appeal_of,
    line_of,
    place,
    published_draft,
    restated,
    ruled,
    told,
)
from apps.assessments.tests.factories import NOW, rule
from apps.kpis.models import KpiValue
from apps.kpis.tests.factories import entry, record
from apps.notifications.models import WebhookDelivery
from apps.notifications.tests.factories import WebhookEndpointFactory
from apps.staff.choices import AppointmentRole
from apps.staff.models import Person
from apps.staff.tests.factories import PersonFactory

LATER = NOW + timedelta(days=30)


@pytest.fixture
def second_hr(firm):
    """Another member of HR, who belongs to no assessed department."""
    return UserFactory(roles=["hr"], name="Hector HR")


@pytest.mark.django_db
class TestFileAppeal:
    def test_somebody_who_leads_the_department_disagrees_with_a_line(self, firm, run):
        appeal = appeal_of(firm, run, wish="69.30 points")
        assert (appeal.state, appeal.level, appeal.reviewer) == (AppealState.FILED, 1, None)
        assert (appeal.indicator.code, appeal.wish) == ("REV", "69.30 points")
        assert appeal.due_at.date() == date(2026, 6, 22)
        assert told(firm.hr, "An appeal was filed")
        assert told(firm.mia, "Your appeal was received")

    def test_the_score_as_a_whole_can_be_appealed_against_beside_a_line(self, firm, run):
        appeal_of(firm, run)
        assert appeal_of(firm, run, code=None).indicator is None

    @pytest.mark.parametrize("who", ["nora", "hr", "gm", "auditor"])
    def test_refuses_those_who_do_not_lead_the_department(self, firm, run, who):
        with pytest.raises(NotYourStep, match="Only somebody who leads the department"):
            appeal_of(firm, run, by=getattr(firm, who))

    def test_refuses_who_leads_another_department(self, firm, run):
        with pytest.raises(NotYourStep):
            appeal_of(firm, run, department=firm.works, by=firm.mia)

    def test_refuses_an_appeal_without_a_reason(self, firm, run):
        with pytest.raises(AppealRefused, match="Say what is wrong") as refused:
            appeal_of(firm, run, reason="  ")
        assert refused.value.field == "reason"
        assert not Appeal.objects.exists()

    def test_takes_appeals_until_the_last_minute_of_the_window_and_none_after(self, firm, run):
        until = services.window_of(place())
        assert until.date() == date(2026, 6, 22)
        with pytest.raises(AppealRefused, match="were taken until 22 June 2026"):
            appeal_of(firm, run, now=until + timedelta(seconds=1))
        assert appeal_of(firm, run, now=until).state == AppealState.FILED

    def test_refuses_once_the_month_is_final(self, firm, run):
        AssessedMonth.objects.update(final_at=NOW)
        with pytest.raises(AppealRefused, match="That is over"):
            appeal_of(firm, run)

    def test_refuses_a_month_that_is_not_published(self, firm, scheme):
        draft = services.compute_month(month=MAY, by=firm.hr, now=NOW).run
        with pytest.raises(AppealRefused, match="not published yet"):
            appeal_of(firm, draft)

    def test_refuses_a_version_that_is_no_longer_the_published_one(self, firm, run):
        restated(firm, firm.works, 50)
        services.compute_month(month=MAY, by=firm.gm, now=NOW, reason="Works reported late.")
        published_draft(firm)
        run.refresh_from_db()
        with pytest.raises(AppealMoved, match="no longer the published one"):
            appeal_of(firm, run)

    def test_refuses_a_second_appeal_about_the_same_line(self, firm, run):
        first = appeal_of(firm, run)
        with pytest.raises(AppealMoved, match="is open already") as refused:
            appeal_of(firm, run)
        assert refused.value.details["appeal"] == first.pk

    def test_a_line_that_was_ruled_on_goes_to_the_second_level_instead(self, firm, run):
        ruled(admitted(firm, appeal_of(firm, run)), "dismissed")
        with pytest.raises(AppealMoved, match="second level instead"):
            appeal_of(firm, run)

    def test_can_be_filed_again_after_a_formal_rejection(self, firm, run):
        first = appeal_of(firm, run)
        services.reject_appeal(appeal=first, reason="Name the figure.", by=firm.hr, now=NOW)
        assert appeal_of(firm, run).pk != first.pk

    def test_refuses_a_line_that_the_department_does_not_have(self, firm, run):
        matter = Matter(run, firm.company, indicator=line_of(run, firm.north, "REV"))
        with pytest.raises(AppealRefused, match="no such line"):
            services.file_appeal(matter=matter, reason="Wrong.", by=firm.mia, now=NOW)

    def test_the_database_holds_one_open_appeal_a_line(self, firm, run):
        first = appeal_of(firm, run)
        first.pk, first._state.adding = None, True
        with pytest.raises(IntegrityError), transaction.atomic():
            first.save(force_insert=True)


@pytest.mark.django_db
class TestAPersonsOwnScore:
    @pytest.fixture
    def nora_score(self, firm, run):
        person = Person.objects.get(user=firm.nora)
        return PersonScore.objects.create(
            run=run,
            person=person,
            department=firm.north,
            role="member",
            status="ok",
            days=31,
            dept_weight=30,
            personal_weight=70,
            total=Decimal("87.62"),
            grade="B",
            digest="x",
        )

    def test_is_appealed_against_by_the_person(self, firm, run, nora_score):
        matter = Matter(run, firm.north, person=nora_score.person)
        appeal = services.file_appeal(matter=matter, reason="The rating is Nina's.", by=firm.nora, now=NOW)
        assert appeal.person == nora_score.person
        assert not told(firm.mia, "An appeal")

    def test_by_nobody_else(self, firm, run, nora_score):
        matter = Matter(run, firm.north, person=nora_score.person)
        with pytest.raises(NotYourStep, match="Only Nora North can appeal"):
            services.file_appeal(matter=matter, reason="Wrong.", by=firm.mia, now=NOW)

    def test_only_where_there_is_one(self, firm, run):
        matter = Matter(run, firm.north, person=Person.objects.get(user=firm.nora))
        with pytest.raises(AppealRefused, match="no such line"):
            services.file_appeal(matter=matter, reason="Wrong.", by=firm.nora, now=NOW)


@pytest.mark.django_db
class TestAdmitAppeal:
    def test_names_a_reviewer_who_had_no_part_in_the_score(self, firm, run, second_hr):
        appeal = admitted(firm, appeal_of(firm, run))
        # The COO and the GM approved the run; Hector comes before Hanna, who admits it.
        assert (appeal.state, appeal.reviewer, appeal.admitted_by) == (AppealState.REVIEWING, second_hr, firm.hr)
        assert told(second_hr, "waits for your ruling")
        assert told(firm.mia, "The appeal was admitted")

    def test_whoever_admits_it_where_nobody_else_is_free(self, firm, run):
        assert admitted(firm, appeal_of(firm, run)).reviewer == firm.hr

    def test_not_somebody_who_rated_the_department(self, firm, run, second_hr):
        line = line_of(run, firm.north, "REV")
        Rating.objects.create(
            month=MAY.first_day, indicator=line, department=firm.north, level="A", said_by=second_hr, said_at=NOW
        )
        assert admitted(firm, appeal_of(firm, run)).reviewer == firm.hr

    def test_not_somebody_who_entered_or_approved_a_value_of_the_line(self, firm, run, second_hr):
        record([entry(firm.revenue, firm.north, "2026-05", 94)], by=second_hr)
        restated(firm, firm.north, 95)
        assert admitted(firm, appeal_of(firm, run)).reviewer == firm.hr
        # Neither another line nor another department is any concern of theirs.
        assert admitted(firm, appeal_of(firm, run, code="COM")).reviewer == second_hr
        assert admitted(firm, appeal_of(firm, run, department=firm.south)).reviewer == second_hr
        KpiValue.objects.filter(series__kpi=firm.complaints, state="current").update(decided_by=second_hr)
        assert admitted(firm, appeal_of(firm, run, department=firm.south, code="COM")).reviewer == firm.hr
        assert admitted(firm, appeal_of(firm, run, code=None)).reviewer == firm.hr

    def test_not_somebody_who_approved_the_version_whose_score_is_carried_on(self, firm, run):
        other = UserFactory(roles=["coo"], name="Carl Chief")
        services.revise_departments(month=MAY, departments=[firm.works.pk], reason="Late.", by=firm.hr, now=NOW)
        case = services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        for decider in (other, firm.gm):
            rule(case, decider)
        second = services.publish_month(month=MAY, by=firm.hr, now=NOW).run
        assert had_a_part(appeal_of(firm, second)) >= {firm.coo.pk, firm.gm.pk, other.pk}
        assert approved_by(run) == {firm.coo.pk, firm.gm.pk}
        assert approved_by(second) == {firm.coo.pk, firm.gm.pk, other.pk}

    def test_not_somebody_who_ruled_on_the_same_line_of_an_earlier_version(self, firm, run, second_hr):
        assert ruled(admitted(firm, appeal_of(firm, run)), "dismissed").ruled_by == second_hr
        restated(firm, firm.north, 97)
        services.revise_departments(month=MAY, departments=[firm.north.pk], reason="Late.", by=firm.hr, now=NOW)
        second = published_draft(firm).run
        assert admitted(firm, appeal_of(firm, second)).reviewer == firm.hr
        assert admitted(firm, appeal_of(firm, second, code="COM")).reviewer == second_hr

    def test_not_somebody_of_the_department_or_of_the_appellants(self, firm, run, second_hr):
        PersonFactory(name="Hector HR", number="H1", department=firm.sales, user=second_hr)
        assert admitted(firm, appeal_of(firm, run)).reviewer == firm.hr

    def test_the_general_manager_where_nobody_is_free(self, firm, run):
        PersonFactory(name="Hanna HR", number="H2", department=firm.north, user=firm.hr)
        assert admitted(firm, appeal_of(firm, run)).reviewer == firm.gm

    def test_refuses_where_there_is_nobody_at_all(self, firm, run):
        PersonFactory(name="Hanna HR", number="H2", department=firm.north, user=firm.hr)
        type(firm.gm).objects.open().filter(pk=firm.gm.pk).update(is_active=False, closed_at=NOW)
        with pytest.raises(AppealRefused, match="Nobody can review this appeal"):
            admitted(firm, appeal_of(firm, run))
        assert Appeal.objects.get().state == AppealState.FILED

    def test_refuses_the_own_appeal(self, firm, run):
        boss = UserFactory(roles=["hr"], name="Hugo HR")
        PersonFactory(name="Hugo HR", number="H3", department=firm.south, role=AppointmentRole.HEAD, user=boss)
        appeal = appeal_of(firm, run, department=firm.south, by=boss)
        with pytest.raises(NotYourStep, match="You filed this appeal yourself"):
            services.admit_appeal(appeal=appeal, by=boss, now=NOW)

    def test_refuses_to_do_it_twice(self, firm, run):
        appeal = appeal_of(firm, run)
        admitted(firm, appeal)
        with pytest.raises(AppealMoved, match="Under review"):
            admitted(firm, appeal)
        with pytest.raises(AppealMoved):
            services.reject_appeal(appeal=appeal, reason="Late.", by=firm.hr, now=NOW)

    def test_a_rejection_needs_its_reason_which_the_appellant_reads(self, firm, run):
        appeal = appeal_of(firm, run)
        with pytest.raises(AppealRefused, match="Say why the appeal is not taken up"):
            services.reject_appeal(appeal=appeal, reason="", by=firm.hr, now=NOW)
        found = services.reject_appeal(appeal=appeal, reason="No figure is named.", by=firm.hr, now=NOW)
        assert (found.state, found.ruling) == (AppealState.REJECTED, "No figure is named.")
        assert told(firm.mia, "not admitted")

    def test_the_appellant_withdraws_it_before_it_is_taken_up_and_nobody_else(self, firm, run):
        appeal = appeal_of(firm, run)
        with pytest.raises(NotYourStep):
            services.withdraw_appeal(appeal=appeal, by=firm.hr, now=NOW)
        assert services.withdraw_appeal(appeal=appeal, by=firm.mia, now=NOW).state == AppealState.WITHDRAWN
        again = admitted(firm, appeal_of(firm, run))
        with pytest.raises(AppealMoved):
            services.withdraw_appeal(appeal=again, by=firm.mia, now=NOW)


@pytest.mark.django_db
class TestRuleAppeal:
    def test_upheld_becomes_a_corrected_version_beside_the_published_one(self, firm, run):
        appeal = admitted(firm, appeal_of(firm, run))
        restated(firm, firm.north, 99)
        found = ruled(appeal, "upheld")
        assert (found.state, found.ruled_by) == (AppealState.UPHELD, firm.hr)
        assert (found.revision.version, found.revision.state, found.revision.revises) == (2, RunState.CALCULATED, run)
        publication = published_draft(firm)
        totals = {
            one.run_id: one.total for one in Score.objects.filter(department=firm.north, run__month=MAY.first_day)
        }
        # 70 x 0.99 = 69.30 + 24.00.
        assert totals == {run.pk: Decimal("90.50"), publication.run_id: Decimal("93.30")}
        assert told(firm.mia, "was ruled on")

    def test_only_what_is_granted_is_read_afresh(self, firm, run):
        appeal = admitted(firm, appeal_of(firm, run))
        restated(firm, firm.north, 99)
        restated(firm, firm.north, 0, firm.complaints)
        restated(firm, firm.works, 50)
        revision = ruled(appeal, "partly_upheld", indicators=[line_of(run, firm.north, "REV").pk]).revision
        assert Score.objects.get(run=revision, department=firm.north).total == Decimal("93.30")
        assert Score.objects.get(run=revision, department=firm.works).total == Decimal("0.00")

    def test_dismissed_changes_nothing(self, firm, run):
        found = ruled(admitted(firm, appeal_of(firm, run)), "dismissed", reason="95 is what was booked.")
        assert (found.state, found.revision, place().draft) == (AppealState.DISMISSED, None, None)
        assert told(firm.mia, "was ruled on")

    def test_refuses_everybody_but_the_reviewer(self, firm, run, second_hr):
        appeal = admitted(firm, appeal_of(firm, run))
        for user in (firm.hr, firm.coo, firm.gm):
            with pytest.raises(NotYourStep, match="Only the reviewer rules on this appeal: Hector HR"):
                ruled(appeal, "dismissed", by=user)

    def test_refuses_before_it_is_admitted_and_after_it_was_ruled_on(self, firm, run):
        appeal = appeal_of(firm, run)
        with pytest.raises(AppealMoved, match="Filed"):
            ruled(appeal, "upheld", by=firm.hr)
        ruled(admitted(firm, appeal), "dismissed")
        with pytest.raises(AppealMoved, match="Dismissed"):
            ruled(appeal, "upheld", by=firm.hr)

    @pytest.mark.parametrize(("ruling", "reason"), [("upheld", " "), ("rejected", "Late."), ("nonsense", "So be it.")])
    def test_refuses_a_ruling_without_reason_and_one_that_is_none(self, firm, run, ruling, reason):
        appeal = admitted(firm, appeal_of(firm, run))
        with pytest.raises(AppealRefused):
            ruled(appeal, ruling, reason=reason)

    def test_refuses_lines_of_other_departments(self, firm, run):
        appeal = admitted(firm, appeal_of(firm, run))
        with pytest.raises(AppealRefused, match="not among those of the department"):
            ruled(appeal, "upheld", indicators=[987654321])

    def test_refuses_to_lower_the_score(self, firm, run):
        appeal = admitted(firm, appeal_of(firm, run))
        restated(firm, firm.north, 50)
        with pytest.raises(AppealRefused, match=r"would fall from 90\.50 to 59\.00") as refused:
            ruled(appeal, "upheld")
        assert refused.value.details == {"before": "90.50", "after": "59.00"}
        assert (Appeal.objects.get().state, place().draft) == (AppealState.REVIEWING, None)

    def test_the_general_manager_may_lower_it_when_it_is_handed_up(self, firm, run):
        appeal = admitted(firm, appeal_of(firm, run))
        restated(firm, firm.north, 50)
        services.hand_up_appeal(appeal=appeal, reason="It would fall.", by=firm.hr, now=NOW)
        assert told(firm.gm, "waits for your ruling")
        found = ruled(appeal, "upheld", by=firm.gm)
        assert Score.objects.get(run=found.revision, department=firm.north).total == Decimal("59.00")

    def test_waits_while_a_corrected_version_is_on_a_desk(self, firm, run):
        first = admitted(firm, appeal_of(firm, run))
        second = admitted(firm, appeal_of(firm, run, department=firm.south, code="COM"))
        restated(firm, firm.north, 99)
        ruled(first, "upheld")
        services.hand_in_month(month=MAY, by=firm.hr, now=NOW)
        with pytest.raises(MonthBusy, match="under way already"):
            ruled(second, "upheld")
        assert Appeal.objects.get(pk=second.pk).state == AppealState.REVIEWING

    def test_systems_hear_of_it_without_words_about_people(self, firm, run):
        endpoint = WebhookEndpointFactory(wanted_events=["assessments.appeal_ruled"])
        appeal = ruled(admitted(firm, appeal_of(firm, run)), "dismissed")
        body = WebhookDelivery.objects.get(endpoint=endpoint).payload["data"]
        assert body["appeal"] == appeal.pk
        assert (body["ruling"], body["indicator"], body["version"]) == ("dismissed", "REV", None)
        assert "Looked at again." not in str(body)
