"""Alembic migrations from inside each package, run with the role that owns the database."""

import asyncio
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import asyncpg
import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from itsm_chassis.store.database import Database

ALL_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('itsm.migrate', 0))")

log = structlog.get_logger(__name__)


@cache
def config(package: str) -> Config:
    """Alembic's configuration for a service's package; there is no alembic.ini."""
    made = Config()
    with as_file(files(package) / "migrations") as folder:
        made.set_main_option("script_location", str(folder))
    return made


def run_env(context: Any, metadata: MetaData) -> None:
    """The whole of a service's migrations/env.py: migrate on the connection that is given."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()


async def migrate(package: str, metadata: MetaData, owner_url: str, runtime_url: str) -> None:
    """Bring the database to this code's revision and give the runtime role its rights.

    Replicas may run it at once: one works, the others wait and find nothing to do.
    """
    engine = create_async_engine(make_url(owner_url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            await connection.execute(LOCK)
            await connection.run_sync(upgrade, package)
            await connection.run_sync(grant, metadata, make_url(runtime_url).username)
    finally:
        await engine.dispose()
    log.info("migrated", package=package)


def upgrade(connection: Connection, package: str) -> None:
    """Run the missing migrations on this connection."""
    made = config(package)
    made.attributes["connection"] = connection
    command.upgrade(made, "head")


def grant(connection: Connection, metadata: MetaData, role: str | None) -> None:
    """Exactly the rights that each table's `info` names; nobody else may connect."""
    owner, database = connection.execute(text("SELECT current_user, current_database()")).one()
    if not role or role == owner:
        return
    quote = connection.dialect.identifier_preparer.quote
    who = quote(role)
    statements = [
        f"REVOKE ALL ON DATABASE {quote(database)} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {quote(database)} TO {who}",
        f"GRANT USAGE ON SCHEMA public TO {who}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {who}",
        f"GRANT SELECT ON alembic_version TO {who}",
    ]
    for table in metadata.sorted_tables:
        statements += [
            f"REVOKE ALL ON {quote(table.name)} FROM {who}",
            f"GRANT {rights(table)} ON {quote(table.name)} TO {who}",
        ]
    for statement in statements:
        connection.execute(text(statement))


def rights(table: Table) -> str:
    """What the runtime role may do with a table."""
    return str(table.info.get("grants", ALL_RIGHTS))


async def pending(db: Database, package: str) -> bool:
    """Whether this code needs a migration that the database has not had.

    A revision that this code does not know is a newer one: N runs beside N + 1 during an upgrade.
    """
    try:
        current = await db.fetchval("SELECT version_num FROM alembic_version")
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return True
    scripts = await asyncio.to_thread(ScriptDirectory.from_config, config(package))
    known = {script.revision for script in scripts.walk_revisions()}
    return current is None or (current in known and current != scripts.get_current_head())
