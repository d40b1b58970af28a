from datetime import date

import pytest
from django.urls import reverse

from apps.accounts.tests.factories import UserFactory
from apps.departments import services
from apps.departments.models import Department, DepartmentAlias
from apps.departments.tests.factories import NOW, DepartmentFactory
from apps.departments.views import tree

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)


@pytest.fixture
def hr(client):
    client.force_login(UserFactory(roles=["hr"]))
    return client


@pytest.fixture
def works():
    return DepartmentFactory(code="WRK", name="Works")


@pytest.fixture
def paint(works):
    return DepartmentFactory(code="PNT", name="Paint shop", parent=works)


class TestAccess:
    def test_an_employee_sees_no_department_of_others(self, client, paint):
        client.force_login(UserFactory(roles=["employee"]))
        assert client.get(reverse("departments:detail", args=[paint.pk])).status_code == 404
        assert "Paint" not in client.get(reverse("departments:list")).content.decode()
        assert "Paint" not in client.get(reverse("departments:table"), {"export": "csv"}).getvalue().decode()

    def test_an_auditor_reads_but_does_not_change(self, client, paint):
        client.force_login(UserFactory(roles=["auditor"]))
        assert client.get(reverse("departments:detail", args=[paint.pk])).status_code == 200
        for name in ("rename", "move", "merge", "close", "reopen", "change"):
            assert client.get(reverse(f"departments:{name}", args=[paint.pk])).status_code == 403


class TestTree:
    def test_shows_the_names_of_the_day(self, hr, paint):
        services.rename_department(department=paint, name="Coating", on=date(2025, 6, 1), by=None, now=NOW)
        assert "Paint shop" in hr.get(reverse("departments:list"), {"on": "2025-05-31"}).content.decode()
        assert "Coating" in hr.get(reverse("departments:list"), {"on": "2025-06-01"}).content.decode()

    def test_says_that_a_day_is_none(self, hr, paint):
        page = hr.get(reverse("departments:list"), {"on": "31 of May"})
        assert page.status_code == 200
        assert "That is no day" in page.content.decode()

    def test_a_large_one_is_drawn_branch_by_branch(self, hr, works, paint, monkeypatch):
        DepartmentFactory(code="DRY", name="Drying", parent=paint)
        monkeypatch.setattr(tree, "SHOWN_OPEN", 2)
        page = hr.get(reverse("departments:list")).content.decode()
        assert "Paint shop" in page and "Drying" not in page
        branch = hr.get(reverse("departments:list"), {"below": paint.pk}, headers={"HX-Request": "true"})
        text = branch.content.decode()
        assert "Drying" in text and "Works" not in text and "<html" not in text

    def test_asks_as_many_queries_for_many_departments(self, hr, works, django_assert_max_num_queries):
        for _number in range(30):
            DepartmentFactory(parent=works)
        with django_assert_max_num_queries(12):
            hr.get(reverse("departments:list"))


@pytest.mark.parametrize("name", ["detail", "parts", "people", "history", "change", "rename", "move", "merge", "close"])
def test_every_page_of_a_department_opens(hr, paint, name):
    assert hr.get(reverse(f"departments:{name}", args=[paint.pk])).status_code == 200


class TestActs:
    def test_show_the_effect_first_and_store_nothing(self, hr, paint, works):
        top = DepartmentFactory(code="TOP", name="Head office")
        data = {"parent": top.pk, "on": "2026-03-01", "reason": "Closer to sales"}
        page = hr.post(reverse("departments:move", args=[paint.pk]), data)
        assert page.status_code == 200
        text = page.content.decode()
        assert "Works" in text and "Head office" in text and "Nothing is stored yet" in text
        assert paint.versions.count() == 1
        done = hr.post(reverse("departments:move", args=[paint.pk]), {**data, "confirm": "1"})
        assert done.status_code == 302
        assert paint.versions.count() == 2

    def test_keep_what_was_typed_when_refused(self, hr, paint, works):
        data = {"parent": paint.pk, "on": "2026-03-01", "reason": "A reason worth keeping"}
        page = hr.post(reverse("departments:move", args=[works.pk]), {**data, "confirm": "1"})
        assert page.status_code == 422
        assert "A reason worth keeping" in page.content.decode()
        assert "would stand below" in page.content.decode()
        assert works.versions.count() == 1

    def test_create_with_confirmation(self, hr, works):
        data = {"code": "qa", "name": "Quality", "parent": works.pk, "on": "2026-01-01"}
        assert "Quality" in hr.post(reverse("departments:create"), data).content.decode()
        assert not Department.objects.filter(code="QA").exists()
        page = hr.post(reverse("departments:create"), {**data, "confirm": "1"})
        made = Department.objects.get(code="QA")
        assert page["Location"] == made.get_absolute_url()

    def test_close_refused_while_parts_are_open(self, hr, works, paint):
        page = hr.post(reverse("departments:close", args=[works.pk]), {"on": "2026-03-01", "reason": "x"})
        assert page.status_code == 422
        assert "Paint shop" in page.content.decode()

    def test_refuses_what_was_not_seen(self, hr, paint):
        data = {"name": "Coating", "on": "2026-03-01"}
        shown = hr.post(reverse("departments:rename", args=[paint.pk]), data)
        seen = shown.context["department"].updated_at.isoformat()
        assert seen in shown.content.decode()
        services.rename_department(department=paint, name="Colours", on=DAY, by=None, now=NOW.replace(day=6))
        sent = {**data, "seen": seen, "confirm": "1"}
        page = hr.post(reverse("departments:rename", args=[paint.pk]), sent)
        assert page.status_code == 422
        assert "Somebody changed" in page.content.decode()

    def test_history_tells_who_and_why(self, hr, paint, works):
        top = DepartmentFactory(code="TOP", name="Head office")
        data = {"parent": top.pk, "on": "2026-03-01", "reason": "Closer to sales", "confirm": "1"}
        hr.post(reverse("departments:move", args=[paint.pk]), data)
        assert "Closer to sales" in hr.get(reverse("departments:history", args=[paint.pk])).content.decode()


class TestPlannedNames:
    def test_come_into_force_on_their_day(self, works):
        services.rename_department(department=works, name="Plant", on=DAY, by=None, now=NOW)
        assert services.refresh_today(now=NOW) == 0
        assert services.refresh_today(now=NOW.replace(month=3)) == 1
        assert services.refresh_today(now=NOW.replace(month=3)) == 0
        works.refresh_from_db()
        assert works.name == "Plant"


class TestNames:
    def test_are_added_and_removed(self, hr, paint):
        hr.post(reverse("departments:add_name", args=[paint.pk]), {"alias": "Lackiererei"})
        alias = DepartmentAlias.objects.get()
        page = hr.post(reverse("departments:add_name", args=[paint.pk]), {"alias": "LACKIEREREI"})
        assert page.status_code == 422
        hr.post(reverse("departments:remove_name", args=[paint.pk, alias.pk]))
        assert not DepartmentAlias.objects.exists()
