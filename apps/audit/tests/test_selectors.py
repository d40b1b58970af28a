"""What the database wrote down, read back in words."""

from datetime import date

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import RoleGrant, User
from apps.accounts.tests.factories import UserFactory
from apps.audit.selectors import HistoryFilter, all_lines, history_of, kinds_of_history, recent_history
from apps.core.history import because
from apps.core.scope import Reach, Scope

pytestmark = pytest.mark.django_db

AUDITOR = Scope(user_id=1, reach=Reach.COMPANY, capabilities=frozenset({"audit.view"}))


def changes_of(entry):
    return {change.name: (change.old, change.new) for change in entry.changes}


class TestHistoryOf:
    def test_tells_who_why_and_what_was_before(self):
        boss = UserFactory(name="Olga")
        user = UserFactory(name="Ada")
        with because("accounts.renamed_account", reason="married", by=boss):
            User.objects.filter(pk=user.pk).update(name="Ada Lovelace")
        newest, first = history_of(user)
        assert (newest.who, newest.label, newest.reason) == ("Olga", "Renamed account", "married")
        assert changes_of(newest) == {"name": ("Ada", "Ada Lovelace")}
        assert (first.who, first.label, changes_of(first)["name"]) == ("System", "Added", (None, "Ada"))

    def test_sees_changes_in_bulk(self):
        users = UserFactory.create_batch(3)
        with because("accounts.closed"):
            User.objects.filter(pk__in=[user.pk for user in users]).update(is_active=False)
        assert [changes_of(history_of(user)[0]) for user in users] == [{"is_active": ("Yes", "No")}] * 3

    def test_says_choices_and_names_instead_of_codes_and_numbers(self):
        grant = RoleGrant.objects.create(user=UserFactory(name="Ada"), role=Role.COO)
        assert changes_of(history_of(grant)[0]) == {"user": (None, "Ada"), "role": (None, "Chief operating officer")}

    def test_takes_related_records_into_the_same_list(self):
        user = UserFactory(name="Ada")
        grant = RoleGrant.objects.create(user=user, role=Role.HR)
        assert {entry.subject for entry in history_of(user, related=[grant])} == {"user", "role grant"}

    def test_leaves_secrets_out(self):
        user = UserFactory()
        user.set_password("another sturdy phrase")
        user.save()
        assert not any(change.name == "password" for entry in history_of(user) for change in entry.changes)

    def test_refuses_a_model_without_history(self):
        from django.contrib.sessions.models import Session  # noqa: PLC0415

        with pytest.raises(ValueError, match="keeps no history"):
            history_of(Session(pk="x"))

    def test_costs_the_same_queries_for_any_length(self, django_assert_num_queries):
        user = UserFactory()
        grants = [RoleGrant.objects.create(user=user, role=role) for role in (Role.HR, Role.COO, Role.GM)]
        with django_assert_num_queries(3):
            history_of(user, related=grants)


def seen(**chosen):
    return [(line.name, line.entry.label) for line in recent_history(AUDITOR, chosen=HistoryFilter(**chosen)).lines]


class TestRecentHistory:
    def test_holds_every_kind_newest_first(self):
        user = UserFactory(name="Ada")
        RoleGrant.objects.create(user=user, role=Role.HR)
        lines = recent_history(AUDITOR, chosen=HistoryFilter()).lines
        names = {line.kind: line.name for line in lines}
        assert names == {"accounts.user": "Ada", "accounts.rolegrant": "Ada: Human resources"}

    def test_shows_nothing_to_those_without_the_capability(self):
        UserFactory()
        nobody = Scope(user_id=1, reach=Reach.COMPANY, capabilities=frozenset({"audit.view_object"}))
        assert recent_history(nobody, chosen=HistoryFilter()).lines == []

    def test_searches_person_deed_and_reason(self):
        olga, ada = UserFactory(name="Olga"), UserFactory(name="Ada")
        with because("accounts.renamed_account", reason="a typing mistake", by=olga):
            User.objects.filter(pk=ada.pk).update(name="Adah")
        assert seen(text="typing") == seen(text="olga") == seen(text="renamed account") == [("Adah", "Renamed account")]
        assert seen(text="typing nonsense") == []

    def test_narrows_to_a_record_and_days(self):
        ada, _bo = UserFactory(name="Ada"), UserFactory(name="Bo")
        assert seen(kind="accounts.user", record_id=ada.pk) == [("Ada", "Added")]
        assert seen(first_day=date(2100, 1, 1)) == []
        assert seen(last_day=date(2000, 1, 1)) == []
        assert len(seen(first_day=date(2000, 1, 1))) == 2

    def test_compares_with_the_event_before_even_off_the_page(self):
        user = UserFactory(name="Ada")
        User.objects.filter(pk=user.pk).update(name="Adah")
        (line,) = recent_history(AUDITOR, chosen=HistoryFilter(), size=1).lines
        assert changes_of(line.entry) == {"name": ("Ada", "Adah")}

    def test_names_what_is_gone(self):
        user = UserFactory(name="Ada")
        User.objects.filter(pk=user.pk).delete()
        assert seen()[0] == ("Ada", "Removed")
        newest = recent_history(AUDITOR, chosen=HistoryFilter()).lines[0]
        assert changes_of(newest.entry)["name"] == ("Ada", None)

    def test_pages_meet_without_gap_or_repeat(self):
        users = UserFactory.create_batch(7, roles=["hr"])
        whole = [(line.kind, line.record_id) for line in all_lines(AUDITOR, chosen=HistoryFilter(), limit=100)]
        paged, cursor = [], ""
        for _page in range(20):
            page = recent_history(AUDITOR, chosen=HistoryFilter(), cursor=cursor, size=3)
            paged += [(line.kind, line.record_id) for line in page.lines]
            cursor = page.next_cursor
            if not cursor:
                break
        assert len(whole) == len(users) * 2
        assert sorted(paged) == sorted(whole)

    @pytest.mark.parametrize("cursor", ["nonsense", "accounts.user:x", "accounts.user:" + "9" * 40, "\x00:1", "a:b.c"])
    def test_reads_a_cursor_that_is_not_ours_as_the_start(self, cursor):
        UserFactory()
        assert len(recent_history(AUDITOR, chosen=HistoryFilter(), cursor=cursor).lines) == 1

    def test_costs_the_same_queries_for_few_and_many(self, django_assert_max_num_queries):
        UserFactory.create_batch(40, roles=["hr"])
        with django_assert_max_num_queries(len(kinds_of_history()) + 10):
            recent_history(AUDITOR, chosen=HistoryFilter())
