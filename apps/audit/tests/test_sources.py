"""Changes that a job made say so: which run, who asked for it, and where it is shown."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.tests.factories import UserFactory
from apps.audit.selectors import HistoryFilter, history_of, recent_history
from apps.core import clock
from apps.core.history import because
from apps.core.scope import Reach, Scope
from apps.jobs import services
from apps.jobs.choices import JobState
from apps.jobs.models import JobRun, JobShard
from apps.jobs.tests.factories import declared_job

pytestmark = pytest.mark.django_db

KIND = "tests.rename"


def reader(user, *capabilities):
    return Scope(user_id=user.pk, reach=Reach.COMPANY, capabilities=frozenset(capabilities))


def named(user, name):
    User.objects.filter(pk=user.pk).update(name=name)


def worked(body, *, by=None, **options):
    """A run of BODY that has ended well."""
    with declared_job(KIND, body, **options):
        run = services.enqueue(kind=KIND, period="2026-11", by=by, now=clock.now())
        services.work(run_id=run.pk)
        for shard in JobShard.objects.filter(run=run):
            services.work_shard(shard_id=shard.pk)
    run.refresh_from_db()
    assert run.state == JobState.DONE, run.error
    return run


def told(entry):
    return [(source.words, source.asked_by, source.url) for source in entry.sources]


class TestChangesOfAJob:
    def test_name_the_run_and_who_asked_for_it_without_any_verb(self):
        ada, olga = UserFactory(name="Ada"), UserFactory(name="Olga")
        run = worked(lambda run, now: named(ada, "Adah"), by=olga)
        newest, first = history_of(ada)
        assert (newest.who, newest.label) == ("System", "Changed")
        assert told(newest) == [(f"Job “{KIND}”, no. {run.pk}", "Olga", "")]
        assert first.sources == ()

    def test_name_the_run_beside_the_verb_of_a_service(self):
        ada = UserFactory(name="Ada")

        def body(run, now):
            with because("accounts.renamed_account", reason="married", by=ada):
                named(ada, "Adah")

        run = worked(body)
        newest = history_of(ada)[0]
        assert (newest.who, newest.label, newest.reason) == ("Ada", "Renamed account", "married")
        assert told(newest) == [(f"Job “{KIND}”, no. {run.pk}", "", "")]

    def test_keep_each_deed_of_one_run_apart(self):
        """One context for the whole run would leave the last verb, reason and person on everything it did."""
        ada, bo, cy = UserFactory(name="Ada"), UserFactory(name="Bo"), UserFactory(name="Cy")

        def body(run, now):
            with because("accounts.renamed_account", reason="first", by=ada):
                named(ada, "Adah")
            with because("accounts.closed_account"):
                named(bo, "Boh")
            named(cy, "Cyh")

        worked(body)
        seen = [history_of(user)[0] for user in (ada, bo, cy)]
        assert [(entry.who, entry.label, entry.reason) for entry in seen] == [
            ("Ada", "Renamed account", "first"),
            ("System", "Closed account", ""),
            ("System", "Changed", ""),
        ]
        assert len({entry.sources for entry in seen}) == 1

    def test_name_the_run_in_its_parts_and_its_last_step_too(self):
        ada, bo = UserFactory(name="Ada"), UserFactory(name="Bo")
        run = worked(
            lambda run, now: services.split(run=run, parts=[{}], now=now) and None,
            shard=lambda shard, now: named(ada, "Adah"),
            combine=lambda run, now: named(bo, "Boh"),
        )
        assert [history_of(user)[0].sources[0].number for user in (ada, bo)] == [run.pk, run.pk]

    @pytest.mark.django_db(transaction=True)
    def test_name_nothing_once_the_run_has_ended(self):
        ada = UserFactory(name="Ada")
        worked(lambda run, now: named(ada, "Adah"))
        named(ada, "Ada")
        with because("accounts.renamed_account"):
            named(ada, "Adah")
        assert [len(entry.sources) for entry in history_of(ada)] == [0, 0, 1, 0]

    def test_name_nothing_of_a_run_that_failed_in_the_same_process(self):
        ada = UserFactory(name="Ada")

        def body(run, now):
            raise RuntimeError("broken")

        with declared_job(KIND, body):
            run = services.enqueue(kind=KIND, period="2026-11", by=None, now=clock.now())
            services.work(run_id=run.pk)
        named(ada, "Adah")
        assert history_of(ada)[0].sources == ()

    def test_belong_to_the_job_even_if_it_is_worked_inside_another_deed(self):
        ada, bo = UserFactory(name="Ada"), UserFactory(name="Bo")
        with because("accounts.opened", by=ada):
            run = worked(lambda run, now: named(ada, "Adah"))
            named(bo, "Boh")
        assert [source.number for source in history_of(ada)[0].sources] == [run.pk]
        assert (history_of(bo)[0].label, history_of(bo)[0].sources) == ("Opened", ())


class TestLinks:
    def test_lead_those_who_see_jobs_and_whoever_asked_to_the_run(self):
        ada, olga, other = UserFactory(name="Ada"), UserFactory(name="Olga"), UserFactory()
        run = worked(lambda run, now: named(ada, "Adah"), by=olga)
        page = reverse("jobs:detail", args=[run.pk])
        for scope, url in (
            (reader(other, "jobs.view"), page),
            (reader(olga, "jobs.view_own"), page),
            (reader(other, "jobs.view_own"), ""),
            (reader(olga), ""),
        ):
            assert [source.url for source in history_of(ada, scope=scope)[0].sources] == [url]

    def test_stay_away_when_the_run_has_been_forgotten(self):
        ada = UserFactory(name="Ada")
        worked(lambda run, now: named(ada, "Adah"))
        JobRun.objects.all().delete()
        (source,) = history_of(ada, scope=reader(ada, "jobs.view"))[0].sources
        assert source.words.startswith("Job “")
        assert source.url == ""

    def test_cost_one_query_for_any_number_of_changes(self, django_assert_num_queries):
        ada = UserFactory(name="Ada")
        worked(lambda run, now: [named(ada, f"Ada {number}") for number in range(9)] and None)
        with django_assert_num_queries(2):
            assert len(history_of(ada, scope=reader(ada, "jobs.view"))) == 10


class TestPages:
    def test_the_tab_says_it_and_links_it(self):
        ada, olga = UserFactory(name="Ada"), UserFactory(name="Ol<ga>")
        run = worked(lambda run, now: named(ada, "Adah"), by=olga)
        for scope, is_linked in ((reader(ada, "jobs.view"), True), (reader(ada), False)):
            page = render_to_string("audit/_history.html", {"entries": history_of(ada, scope=scope)})
            assert f"no. {run.pk}" in page
            assert "asked for by Ol&lt;ga&gt;" in page
            assert (reverse("jobs:detail", args=[run.pk]) in page) is is_linked

    def test_the_history_of_everything_shows_finds_and_exports_it(self, client):
        ada, olga, auditor = UserFactory(name="Ada"), UserFactory(name="Olga"), UserFactory(roles=["auditor"])
        run = worked(lambda run, now: named(ada, "Adah"), by=olga)
        lines = recent_history(reader(auditor, "audit.view"), chosen=HistoryFilter(text="olga")).lines
        assert [line.name for line in lines] == ["Adah"]
        client.force_login(auditor)
        page = client.get(reverse("audit:list")).content.decode()
        assert f"no. {run.pk}" in page
        assert reverse("jobs:detail", args=[run.pk]) in page
        text = b"".join(client.get(reverse("audit:list"), {"export": "csv"}).streaming_content).decode()
        assert f"no. {run.pk}, asked for by Olga" in text
