import json
import os
import subprocess
import sys
from pathlib import Path

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


class TestSettings:
    """Read by a process of its own, as web and worker read them."""

    def told(self, *names, **environment):
        stores = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")}
        asked = ", ".join(f"settings.{name}" for name in names)
        done = subprocess.run(
            [sys.executable, "-c", f"import json; from ops_portal import settings; print(json.dumps([{asked}]))"],
            cwd=Path(__file__).resolve().parents[2],
            env={"PATH": os.environ["PATH"], **stores, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return json.loads(done.stdout) if not done.returncode else done.stderr

    def test_switch_company_sign_on_on_by_the_address_of_its_server(self):
        words = {
            "PORTAL_OIDC_SERVER_URL": "https://id.example.com",
            "PORTAL_OIDC_CLIENT_ID": "portal",
            "PORTAL_OIDC_SECRET": "hush",
            "PORTAL_OIDC_NAME": "Example sign-in",
            "PORTAL_OIDC_TRUST_EMAIL": "1",
        }
        [found] = self.told("SOCIALACCOUNT_PROVIDERS", **words)
        [app] = found["openid_connect"]["APPS"]
        assert found["openid_connect"]["OAUTH_PKCE_ENABLED"] is True
        assert app == {
            "provider_id": "company",
            "name": "Example sign-in",
            "client_id": "portal",
            "secret": "hush",
            "settings": {"server_url": "https://id.example.com", "verified_email": True},
        }
        assert "PORTAL_OIDC_SECRET is not set" in self.told("DEBUG", **{**words, "PORTAL_OIDC_SECRET": ""})

    def test_take_what_is_set_to_nothing_as_not_set(self):
        empty = dict.fromkeys(
            ("PORTAL_OIDC_SERVER_URL", "PORTAL_TIME_ZONE", "PORTAL_ALLOWED_HOSTS", "PORTAL_MAIL_FROM"), ""
        )
        providers, zone, hosts, sender = self.told(
            "SOCIALACCOUNT_PROVIDERS", "TIME_ZONE", "ALLOWED_HOSTS", "DEFAULT_FROM_EMAIL", **empty
        )
        assert (providers, zone, sender) == ({}, "UTC", "portal@localhost")
        assert "127.0.0.1" in hosts
