from datetime import date, timedelta

import pytest

from apps.core.scope import Reach, Scope
from apps.departments import selectors, services
from apps.departments.models import Department, DepartmentAlias, DepartmentClosure
from apps.departments.services import refusals
from apps.departments.tests.factories import LONG_AGO, NOW, DepartmentFactory

pytestmark = pytest.mark.django_db
COMPANY = Scope(user_id=1, reach=Reach.COMPANY)
DAY = date(2026, 3, 1)


@pytest.fixture
def tree():
    top = DepartmentFactory(code="TOP", name="Company")
    sales = DepartmentFactory(code="SAL", name="Sales", parent=top)
    north = DepartmentFactory(code="SAL-N", name="Sales north", parent=sales)
    works = DepartmentFactory(code="WRK", name="Works", parent=top)
    return {"top": top, "sales": sales, "north": north, "works": works}


def move(department, parent, on=DAY):
    return services.move_department(department=department, parent=parent, on=on, reason="test", by=None, now=NOW)


class TestMove:
    def test_carries_everything_below_from_the_day_on(self, tree):
        move(tree["sales"], tree["works"])
        before = selectors.subtree_ids(tree["works"], DAY - timedelta(days=1))
        after = selectors.subtree_ids(tree["works"], DAY)
        assert before == [tree["works"].pk]
        assert after == [tree["works"].pk, tree["sales"].pk, tree["north"].pk]

    def test_is_seen_from_below_by_the_tree_of_each_day(self, tree, django_assert_num_queries):
        move(tree["sales"], tree["works"])
        top, sales, north, works = (tree[name].pk for name in ("top", "sales", "north", "works"))
        with django_assert_num_queries(1):
            found = selectors.ancestors_by_day({north}, [DAY - timedelta(days=1), DAY])
        assert found == {
            DAY - timedelta(days=1): {north: [north, sales, top]},
            DAY: {north: [north, sales, works, top]},
        }

    def test_refuses_the_own_branch_and_leaves_everything(self, tree):
        rows = list(DepartmentClosure.objects.order_by("pk").values_list("pk", flat=True))
        with pytest.raises(refusals.CycleInTree, match="Sales cannot belong to Sales north"):
            move(tree["sales"], tree["north"])
        assert list(DepartmentClosure.objects.order_by("pk").values_list("pk", flat=True)) == rows

    def test_refuses_a_cycle_that_only_a_later_day_would_make(self, tree):
        move(tree["works"], tree["sales"], date(2026, 9, 1))
        with pytest.raises(refusals.CycleInTree, match="1 Sep 2026"):
            move(tree["sales"], tree["works"])

    def test_refuses_a_parent_that_closes_later(self, tree):
        services.close_department(department=tree["works"], on=date(2026, 6, 1), reason="x", by=None, now=NOW)
        with pytest.raises(refusals.DepartmentNotOpen, match="Works is not open on 1 Jun 2026"):
            move(tree["north"], tree["works"])


class TestRename:
    def test_keeps_the_name_of_the_past_and_the_former_name_as_alias(self, tree):
        services.rename_department(department=tree["sales"], name="Market", on=date(2025, 1, 1), by=None, now=NOW)
        names = {node.pk: node.name for node in selectors.tree_on(date(2024, 12, 31), COMPANY)}
        assert names[tree["sales"].pk] == "Sales"
        assert Department.objects.get(pk=tree["sales"].pk).name == "Market"
        assert selectors.find_by_code_or_alias(["  sales "])["  sales "] == tree["sales"]

    def test_of_the_future_does_not_show_today(self, tree):
        services.rename_department(department=tree["sales"], name="Market", on=DAY, by=None, now=NOW)
        assert Department.objects.get(pk=tree["sales"].pk).name == "Sales"

    def test_is_not_undone_by_a_later_move(self, tree):
        move(tree["sales"], tree["works"], date(2026, 5, 1))
        services.rename_department(department=tree["sales"], name="Market", on=DAY, by=None, now=NOW)
        names = {node.pk: node.name for node in selectors.tree_on(date(2026, 6, 1), COMPANY)}
        assert names[tree["sales"].pk] == "Market"


class TestClose:
    def test_refuses_while_departments_stand_below(self, tree):
        with pytest.raises(refusals.StillHasParts, match="Sales north"):
            services.close_department(department=tree["sales"], on=DAY, reason="x", by=None, now=NOW)

    def test_ends_on_the_day(self, tree):
        services.close_department(department=tree["north"], on=DAY, reason="x", by=None, now=NOW)
        assert selectors.open_department_ids([tree["north"].pk], DAY - timedelta(days=1)) == {tree["north"].pk}
        assert selectors.open_department_ids([tree["north"].pk], DAY) == set()

    @pytest.mark.parametrize("on", [LONG_AGO, LONG_AGO - timedelta(days=1)])
    def test_refuses_to_leave_it_without_a_day(self, tree, on):
        with pytest.raises(refusals.DepartmentNotOpen, match=r"Sales north opens on 1 Jan 2015.*Choose a later day"):
            services.close_department(department=tree["north"], on=on, reason="x", by=None, now=NOW)
        assert len(selectors.life_of(tree["north"])) == 1

    def test_closes_from_the_day_after_the_first(self, tree):
        on = LONG_AGO + timedelta(days=1)
        services.close_department(department=tree["north"], on=on, reason="x", by=None, now=NOW)
        assert [(line.first, line.last) for line in selectors.life_of(tree["north"])] == [(LONG_AGO, LONG_AGO)]


class TestMerge:
    def test_carries_what_is_below_and_keeps_the_names(self, tree):
        services.merge_departments(sources=[tree["sales"]], into=tree["works"], on=DAY, reason="x", by=None, now=NOW)
        assert selectors.subtree_ids(tree["works"], DAY) == [tree["works"].pk, tree["north"].pk]
        assert selectors.find_by_code_or_alias(["sal", "Sales"], day=DAY) == dict.fromkeys(
            ["sal", "Sales"], tree["works"]
        )
        eve = DAY - timedelta(days=1)
        assert selectors.find_by_code_or_alias(["sal", "Sales"], day=eve) == dict.fromkeys(
            ["sal", "Sales"], tree["sales"]
        )
        assert DepartmentAlias.objects.filter(department=tree["works"]).count() == 2

    def test_into_a_child_lifts_the_child(self, tree):
        services.merge_departments(sources=[tree["sales"]], into=tree["north"], on=DAY, reason="x", by=None, now=NOW)
        node = next(node for node in selectors.tree_on(DAY, COMPANY) if node.pk == tree["north"].pk)
        assert node.parent == tree["top"].pk

    def test_refuses_to_leave_a_source_without_a_day(self, tree):
        with pytest.raises(
            refusals.DepartmentNotOpen, match=r"Sales opens on 1 Jan 2015.*Choose a later day"
        ) as refused:
            services.merge_departments(
                sources=[tree["sales"]], into=tree["works"], on=LONG_AGO, reason="x", by=None, now=NOW
            )
        assert refused.value.field == "on"
        assert len(selectors.life_of(tree["sales"])) == 1
        assert not DepartmentAlias.objects.exists()

    def test_from_the_first_day_into_one_that_opens_that_day(self, tree):
        on = date(2025, 1, 1)
        new = DepartmentFactory(code="NEW", name="New", parent=tree["top"], on=on)
        services.merge_departments(sources=[tree["sales"]], into=new, on=on, reason="x", by=None, now=NOW)
        assert selectors.subtree_ids(new, on) == [new.pk, tree["north"].pk]

    def test_of_one_reopened_that_day_leaves_its_former_days(self, tree):
        north, again = tree["north"], date(2025, 6, 1)
        services.close_department(department=north, on=date(2025, 1, 1), reason="x", by=None, now=NOW)
        services.reopen_department(department=north, parent=tree["top"], on=again, reason="x", by=None, now=NOW)
        services.merge_departments(sources=[north], into=tree["works"], on=again, reason="x", by=None, now=NOW)
        assert [(line.first, line.last) for line in selectors.life_of(north)] == [(LONG_AGO, date(2024, 12, 31))]


class TestScope:
    def test_sees_what_is_led_today_and_below(self, tree):
        scope = Scope(user_id=1, reach=Reach.DEPARTMENTS, department_ids=(tree["sales"].pk,))
        assert set(Department.objects.within(scope)) == {tree["sales"], tree["north"]}
        assert [node.code for node in selectors.tree_on(LONG_AGO, scope)] == ["SAL", "SAL-N"]

    def test_shows_nothing_to_whoever_leads_nothing(self, tree):
        scope = Scope(user_id=1, reach=Reach.SELF, home_department_id=tree["north"].pk)
        assert not Department.objects.within(scope).exists()
        assert not selectors.visible_departments(scope).exists()
        assert list(selectors.readable_departments(scope)) == [tree["north"]]
