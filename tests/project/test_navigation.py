"""The sidebar: one line is current, and only lines the person may open are there."""

from types import SimpleNamespace

import pytest

from apps.accounts.rules import KNOWN_CAPABILITIES
from apps.core.scope import Reach, Scope
from ops_portal.navigation import GROUPS, current_entry, entries_for


def request_as(*capabilities, view_name="dashboards:home"):
    scope = Scope(user_id=1, reach=Reach.SELF, capabilities=frozenset(capabilities))
    return SimpleNamespace(scope=scope, resolver_match=SimpleNamespace(view_name=view_name))


class TestCurrentEntry:
    @pytest.mark.parametrize(
        ("view_name", "line"),
        [
            ("staff:movements", "staff:movements"),
            ("staff:detail", "staff:list"),
            ("accounts:issue_key", "accounts:list"),
            ("health", None),
            ("", None),
        ],
    )
    def test_is_the_pages_own_line_or_the_first_of_its_app(self, view_name, line):
        found = current_entry(view_name)
        assert (found and found.url_name) == line


class TestEntriesFor:
    def test_marks_at_most_one_line(self):
        groups = entries_for(request_as(*KNOWN_CAPABILITIES, view_name="staff:headcount"))
        marked = [item["entry"].url_name for group in groups for item in group["entries"] if item["is_current"]]
        assert marked == ["staff:headcount"]

    def test_leaves_out_what_the_person_may_not_open_and_empty_groups(self):
        groups = entries_for(request_as("dashboards.view"))
        assert [item["entry"].url_name for group in groups for item in group["entries"]] == ["dashboards:home"]

    def test_asks_only_for_capabilities_some_role_holds(self):
        assert {entry.capability for group in GROUPS for entry in group.entries} <= KNOWN_CAPABILITIES
