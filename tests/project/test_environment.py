import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from ops_portal.environment import database_settings, mail_settings, read_flag, read_number, read_text


class TestReading:
    def test_takes_a_secret_from_a_file(self, tmp_path):
        secret = tmp_path / "secret"
        secret.write_text("hush\n")
        assert read_text({"SECRET_KEY_FILE": str(secret)}, "SECRET_KEY") == "hush"

    def test_names_the_variable_that_is_missing(self):
        with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
            read_text({}, "SECRET_KEY")

    def test_refuses_a_word_that_is_neither_yes_nor_no(self):
        with pytest.raises(ImproperlyConfigured, match="PORTAL_DEBUG is 'maybe'"):
            read_flag({"PORTAL_DEBUG": "maybe"}, "PORTAL_DEBUG", default=False)

    def test_refuses_a_number_that_is_none(self):
        with pytest.raises(ImproperlyConfigured, match="whole number"):
            read_number({"N": "-3"}, "N", 1)


class TestDatabaseSettings:
    def test_reads_a_socket_address(self):
        found = database_settings("postgresql://me:p%40ss@/portal?host=/run/pg&port=5433")
        assert (found["HOST"], found["PORT"], found["USER"], found["PASSWORD"], found["NAME"]) == (
            "/run/pg",
            "5433",
            "me",
            "p@ss",
            "portal",
        )

    def test_keeps_nothing_in_sessions_behind_a_pooler(self):
        pooled = database_settings("postgresql://me:word@db:6432/portal?pooled=1&sslmode=require")
        assert (pooled["DISABLE_SERVER_SIDE_CURSORS"], pooled["OPTIONS"]) == (True, {"sslmode": "require"})
        assert database_settings("postgresql://me:word@db/portal")["DISABLE_SERVER_SIDE_CURSORS"] is False

    def test_refuses_another_database(self):
        with pytest.raises(ImproperlyConfigured, match="postgresql://"):
            database_settings("mysql://localhost/portal")

    @pytest.mark.django_db
    def test_uses_the_driver_the_project_names(self):
        connection.ensure_connection()
        assert type(connection.connection).__module__.startswith("psycopg2")


class TestMailSettings:
    def test_reads_an_address(self):
        found = mail_settings("smtp+tls://me:p%40ss@mail.example:587")
        assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_HOST_PASSWORD"], found["EMAIL_USE_TLS"]) == (
            "mail.example",
            587,
            "p@ss",
            True,
        )

    def test_writes_files_without_one(self):
        assert mail_settings("")["EMAIL_BACKEND"].endswith("filebased.EmailBackend")

    def test_refuses_another_way(self):
        with pytest.raises(ImproperlyConfigured, match="smtp://"):
            mail_settings("http://mail.example")
