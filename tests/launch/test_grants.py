"""manage.py grant_app_role: the application may change rows and nothing else, also in an outer database."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

pytestmark = pytest.mark.django_db
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


def rights():
    with connection.cursor() as cursor:
        question = ", ".join(f"has_table_privilege('portal_app', 'accounts_user', '{right}')" for right in RIGHTS)
        cursor.execute(f"SELECT {question}")
        return {right for right, held in zip(RIGHTS, cursor.fetchone(), strict=True) if held}


class TestGrantAppRole:
    def test_takes_back_what_is_too_much_and_gives_what_is_needed(self, monkeypatch):
        monkeypatch.setenv("PORTAL_APP_DATABASE_URL", "postgresql://portal_app:x@db/portal")
        with connection.cursor() as cursor:
            cursor.execute("GRANT ALL ON accounts_user TO portal_app")
            cursor.execute("REVOKE UPDATE ON accounts_user FROM portal_app")
        assert "TRUNCATE" in rights()
        call_command("grant_app_role", verbosity=0)
        assert rights() == {"SELECT", "INSERT", "UPDATE", "DELETE"}

    def test_says_which_variable_is_missing(self, monkeypatch):
        monkeypatch.delenv("PORTAL_APP_DATABASE_URL", raising=False)
        with pytest.raises(CommandError, match="PORTAL_APP_DATABASE_URL names no role"):
            call_command("grant_app_role")

    def test_refuses_one_role_for_both(self, monkeypatch):
        monkeypatch.setenv("PORTAL_APP_DATABASE_URL", "postgresql://portal_owner:x@db/portal")
        with pytest.raises(CommandError, match="Use two roles"):
            call_command("grant_app_role")
