"""The stores themselves: roles, crashes, versions, and that nothing is left behind."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest
import redis

from ops_portal.launch import stores as throwaway
from ops_portal.launch.leftovers import store_processes
from ops_portal.launch.postgres import Passwords, Postgres
from ops_portal.launch.stores import ThrowawayStores
from ops_portal.launch.system import LaunchError, stop, wait_until
from ops_portal.launch.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def stores():
    with ThrowawayStores() as started:
        with psycopg2.connect(started.database_url) as owner, owner.cursor() as cursor:
            cursor.execute("CREATE TABLE thing (id bigserial PRIMARY KEY, name text)")
        owner.close()
        yield started


@pytest.fixture
def app(stores):
    connection = psycopg2.connect(stores.app_database_url)
    connection.autocommit = True
    yield connection.cursor()
    connection.close()


class TestApplicationRole:
    def test_reads_and_writes_rows(self, app):
        app.execute("INSERT INTO thing (name) VALUES ('a') RETURNING id")
        number = app.fetchone()[0]
        app.execute("UPDATE thing SET name = 'b' WHERE id = %s", [number])
        app.execute("DELETE FROM thing WHERE id = %s", [number])
        assert app.rowcount == 1

    @pytest.mark.parametrize(
        "statement",
        [
            "TRUNCATE thing",
            "DROP TABLE thing",
            "ALTER TABLE thing ADD COLUMN x int",
            "ALTER TABLE thing DISABLE TRIGGER ALL",
            "CREATE TABLE other (x int)",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "SET ROLE portal_owner",
            "CREATE ROLE somebody",
            "CREATE DATABASE other",
            "COPY thing TO PROGRAM 'true'",
        ],
    )
    def test_may_do_nothing_else(self, app, statement):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            app.execute(statement)

    def test_owns_nothing(self, app):
        app.execute("SELECT count(*) FROM pg_class WHERE relowner = 'portal_app'::regrole")
        assert app.fetchone() == (0,)

    def test_gets_the_rows_of_databases_made_later(self, stores):
        # Test databases are copies of template1; the grants must be there already.
        url = stores.database_url
        owner = psycopg2.connect(url)
        owner.autocommit = True
        owner.cursor().execute("CREATE DATABASE later")
        owner.close()
        with psycopg2.connect(url.replace("/portal?", "/later?")) as owner:
            owner.cursor().execute("CREATE TABLE made_later (x int)")
        owner.close()
        with psycopg2.connect(stores.app_database_url.replace("/portal?", "/later?")) as connection:
            connection.cursor().execute("INSERT INTO made_later VALUES (1)")
        connection.close()


class TestOwner:
    def test_is_no_superuser_but_may_add_the_extensions(self, stores):
        with psycopg2.connect(stores.database_url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user")
            assert cursor.fetchone() == (False, False)
            for name in ("btree_gist", "pg_trgm", "unaccent"):
                cursor.execute(f"CREATE EXTENSION {name}")
        connection.close()


class TestThrowawayStores:
    def test_sorts_the_same_way_everywhere(self, stores):
        with psycopg2.connect(stores.database_url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'portal'")
            assert cursor.fetchone() == ("b", "C.UTF-8")
        connection.close()

    def test_listens_on_no_network_address(self, stores):
        assert stores.postgres.command().count("listen_addresses=") == 1
        assert "host=%2F" in stores.database_url

    def test_refuses_a_stranger_at_the_cache(self, stores):
        stranger = redis.Redis(port=stores.valkey.port)
        with pytest.raises(redis.AuthenticationError):
            stranger.get("x")
        stranger.close()
        friend = redis.Redis.from_url(stores.redis_url)
        assert friend.set("x", 1)
        friend.close()

    def test_puts_no_password_on_a_command_line(self, stores):
        words = " ".join([*stores.postgres.command(), *stores.valkey.command()])
        secrets = vars(stores.postgres.passwords).values()
        assert not [secret for secret in secrets if secret in words]

    def test_leaves_nothing_when_its_run_is_killed(self):
        script = (
            "import time; from ops_portal.launch.stores import ThrowawayStores; s = ThrowawayStores().start();"
            "print(s.folder, flush=True); time.sleep(60)"
        )
        child = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        folder = Path(child.stdout.readline().strip())
        assert store_processes([folder / "postgres"])
        child.kill()
        child.wait()
        child.stdout.close()
        assert wait_until(lambda: not store_processes([folder / "postgres", folder / "valkey", folder]), seconds=60)
        os.utime(folder)
        throwaway.SWEEP_SECONDS, before = -1.0, throwaway.SWEEP_SECONDS
        try:
            throwaway.sweep(folder.parent)
        finally:
            throwaway.SWEEP_SECONDS = before
        assert not folder.exists()

    def test_sweep_leaves_a_running_one_alone(self, stores, monkeypatch):
        monkeypatch.setattr(throwaway, "SWEEP_SECONDS", -1.0)
        throwaway.sweep(stores.folder.parent)
        assert (stores.folder / "postgres" / "PG_VERSION").exists()


class TestPostgres:
    @pytest.fixture
    def cluster(self, tmp_path, stores):
        return Postgres(
            binaries=stores.postgres.binaries,
            data=tmp_path / "data",
            sockets=tmp_path,
            passwords=stores.postgres.passwords,
            account=stores.account,
        )

    def test_names_both_versions_and_the_way_out_for_old_data(self, cluster):
        cluster.data.mkdir()
        (cluster.data / "PG_VERSION").write_text("15\n")
        with pytest.raises(LaunchError, match=r"PostgreSQL 15, this is version 18.*pg_dumpall"):
            cluster.refuse_other_version()
        assert (cluster.data / "PG_VERSION").read_text() == "15\n"

    def test_is_not_made_when_initdb_was_cut_short(self, cluster):
        draft = cluster.data.with_name("data.new")
        draft.mkdir()
        (draft / "PG_VERSION").write_text("18\n")
        assert not cluster.is_made()

    def test_is_not_ready_while_another_process_holds_the_folder(self, cluster):
        cluster.data.mkdir()
        lines = ["4711", str(cluster.data), "0", "5432", "/run", "", "0 0", "ready   "]
        (cluster.data / "postmaster.pid").write_text("\n".join(lines))
        assert cluster.is_ready(4711)
        assert not cluster.is_ready(4712)

    def test_keeps_every_committed_row_when_it_is_killed(self):
        with ThrowawayStores(options={"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}) as own:
            connection = psycopg2.connect(own.database_url)
            cursor = connection.cursor()
            cursor.execute("CREATE TABLE kept (n int)")
            connection.commit()
            process, _how = own.processes.pop()
            for number in range(50):
                cursor.execute("INSERT INTO kept VALUES (%s)", [number])
                connection.commit()
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            connection.close()
            wait_until(lambda: not store_processes([own.postgres.data]), seconds=60)
            (own.postgres.data / "postmaster.pid").unlink()
            own._launch(own.postgres, "postgres")
            connection = psycopg2.connect(own.database_url)
            cursor = connection.cursor()
            cursor.execute("SELECT count(*) FROM kept")
            assert cursor.fetchone() == (50,)
            connection.close()

    def test_can_be_entered_again_when_its_passwords_were_lost(self):
        with ThrowawayStores() as own:
            process, how = own.processes.pop()
            stop(process, how, seconds=60)
            again = replace(own.postgres, passwords=Passwords())
            again.set_superuser_password()
            own._launch(again, "postgres")
            again.make_roles()
            connection = psycopg2.connect(again.app_url)
            connection.close()
            with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
                psycopg2.connect(own.database_url)


class TestValkey:
    def test_keeps_its_password_in_a_file_only_its_account_reads(self, tmp_path):
        valkey = Valkey(program=Path("/bin/true"), data=tmp_path / "v", port=1, password="p-w", account=None)
        valkey.make()
        file = tmp_path / "v" / "valkey.conf"
        assert file.stat().st_mode & 0o077 == 0
        assert "requirepass p-w" in file.read_text()
        assert "maxmemory-policy noeviction" in file.read_text()
        assert "appendonly yes" in file.read_text()

    def test_is_not_ready_when_nobody_listens(self, tmp_path):
        valkey = Valkey(program=Path("/bin/true"), data=tmp_path, port=1, password="x", account=None)
        assert not valkey.is_ready()


class TestSocketFolder:
    def test_is_short_where_the_wanted_one_is_too_long(self, tmp_path):
        wanted = tmp_path / ("long" * 30)
        made = throwaway.socket_folder(wanted, None)
        assert len(str(made)) <= throwaway.LONGEST_SOCKET_FOLDER
        assert made.stat().st_mode & 0o077 == 0
        made.rmdir()


class TestPlugin:
    def test_gives_each_worker_a_cache_of_its_own(self, tmp_path):
        # Read from the environment of this very run: a worker's number is in its address.
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        expected = f"/{int(worker.removeprefix('gw')) + 1}" if worker else "/0"
        assert os.environ["REDIS_URL"].endswith(expected)

    def test_gives_the_application_role_too(self):
        assert "portal_app:" in os.environ["PORTAL_TEST_APP_DATABASE_URL"]

    def test_started_before_the_settings_were_read(self, settings):
        assert settings.DATABASES["default"]["HOST"].startswith("/")
