"""The stored closure against the tree worked out by hand, after random acts; and two acts in the same moment."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from apps.core.errors import Refusal
from apps.core.scope import Reach, Scope
from apps.departments import selectors, services
from apps.departments.models import Department, DepartmentClosure, DepartmentVersion
from apps.departments.tests.factories import NOW, DepartmentFactory

START = date(2024, 1, 1)
SPAN = 60
days = st.integers(0, SPAN).map(lambda number: START + timedelta(days=number))
places = st.integers(0, 5)
acts = st.lists(
    st.tuples(
        st.sampled_from(["move", "rename", "close", "merge", "reopen"]), places, st.one_of(st.none(), places), days
    ),
    max_size=8,
)


def by_hand(day):
    """(above, below) → depth, from the dated rows alone."""
    parents = dict(DepartmentVersion.objects.filter(valid__contains=day).values_list("department_id", "parent_id"))
    pairs = {}
    for start in parents:
        place, depth = start, 0
        while place is not None:
            assert (place, start) not in pairs, "a circle"
            pairs[place, start] = depth
            place, depth = parents[place], depth + 1
    return pairs


def stored(day):
    rows = DepartmentClosure.objects.filter(valid__contains=day)
    return {(above, below): depth for above, below, depth in rows.values_list("ancestor", "descendant", "depth")}


def do(act, one, other, on):
    shared = {"on": on, "by": None, "now": NOW}
    match act:
        case "move":
            services.move_department(department=one, parent=other, reason="x", **shared)
        case "rename":
            services.rename_department(department=one, name=f"{one.code} of {on}", **shared)
        case "close":
            services.close_department(department=one, reason="x", **shared)
        case "merge":
            services.merge_departments(sources=[one], into=other or one, reason="x", **shared)
        case "reopen":
            services.reopen_department(department=one, parent=other, reason="x", **shared)


class TestClosure(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.one_of(st.none(), st.integers(0, 4)), min_size=5, max_size=5), acts)
    def test_is_the_tree_of_every_day(self, parents, chosen):
        made = [DepartmentFactory(on=START)]
        for number, parent in enumerate(parents):
            above = None if parent is None else made[min(parent, number)]
            made.append(DepartmentFactory(on=START, parent=above))
        for act, one, other, on in chosen:
            try:
                do(act, made[one], None if other is None else made[other], on)
            except Refusal:
                continue
        for number in range(0, SPAN + 10, 7):
            day = START + timedelta(days=number)
            assert stored(day) == by_hand(day)
            company = selectors.tree_on(day, Scope(user_id=None, reach=Reach.COMPANY))
            assert {node.pk for node in company} == {below for _above, below in by_hand(day)}
        assert stored(START - timedelta(days=1)) == {}
        for pk, name in Department.objects.values_list("pk", "name"):
            life = selectors.life_of(Department.objects.get(pk=pk))
            assert name in {line.name for line in life}


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_never_make_a_circle():
    top = DepartmentFactory(code="TOP")
    one, other = DepartmentFactory(code="ONE", parent=top), DepartmentFactory(code="TWO", parent=top)
    for number in range(5):
        on = START + timedelta(days=number)
        start, outcomes = Barrier(2), []

        def move(department, parent, day=on, start=start, outcomes=outcomes):
            start.wait()
            try:
                services.move_department(department=department, parent=parent, on=day, reason="x", by=None, now=NOW)
                outcomes.append("moved")
            except Refusal as refusal:
                outcomes.append(refusal.code)
            finally:
                connection.close()

        threads = [Thread(target=move, args=pair) for pair in ((one, other), (other, one))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["cycle_in_tree", "moved"]
        assert stored(on) == by_hand(on)
        for department in (one, other):
            line = next(line for line in selectors.life_of(department) if line.covers(on))
            if line.parent != top.pk:
                services.move_department(department=department, parent=top, on=on, reason="x", by=None, now=NOW)
