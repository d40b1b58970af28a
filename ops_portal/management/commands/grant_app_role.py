"""Gives the application's database role the right to change rows and nothing more."""

import os
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from psycopg2 import sql

GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    # Whoever holds these could empty a history table without its triggers noticing, or plant objects in the schema.
    "REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA public FROM {role}",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "REVOKE CREATE ON SCHEMA public FROM {role}",
)


class Command(BaseCommand):
    """Run as the owner (DATABASE_URL), for the role in PORTAL_APP_DATABASE_URL. Safe to repeat."""

    help = "Create the application's database role when it is missing and grant it rows only."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make and grant; refuses when both addresses name the same role."""
        address = urlsplit(os.environ.get("PORTAL_APP_DATABASE_URL", ""))
        name, password = unquote(address.username or ""), unquote(address.password or "")
        if not name:
            message = "PORTAL_APP_DATABASE_URL names no role. Set it to the address that web, worker and beat use."
            raise CommandError(message)
        if name == connection.settings_dict["USER"]:
            message = (
                f"The owner and the application are both {name!r}. Use two roles, or leave DATABASE_OWNER_URL unset."
            )
            raise CommandError(message)
        role = sql.Identifier(name)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
            if not cursor.fetchone():
                statement = sql.SQL("CREATE ROLE {role} LOGIN PASSWORD {password}")
                cursor.execute(statement.format(role=role, password=sql.Literal(password)))
            for grant in GRANTS:
                cursor.execute(sql.SQL(grant).format(role=role))
        self.stdout.write(f"The role {name} may change rows and nothing else.")
