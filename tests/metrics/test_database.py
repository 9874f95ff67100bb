"""The migrated database is what the code believes, and the runtime role may do no more than it must."""

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from itsm_chassis.run.migrate import migrate
from itsm_chassis.store.database import Database
from itsm_metrics.app import service
from itsm_metrics.projections.refold import refold
from itsm_metrics.tables import metadata
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from support.incident_events import Story
from support.metrics import hear_stories


async def test_the_migrations_make_the_tables_that_the_code_declares(metrics_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    engine = create_async_engine(metrics_url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_the_runtime_role_can_hear_and_rebuild_but_never_change_a_raw_event(
    metrics_url: str, db: Database
) -> None:
    await db.execute("CREATE ROLE metrics_reader LOGIN PASSWORD 'secret'")
    server = metrics_url.rpartition("@")[2].removeprefix("postgresql://")
    url = f"postgresql://metrics_reader:secret@{server}"
    try:
        await migrate(service.package, metadata, metrics_url, url)
        runtime = Database(url, size=1)
        await runtime.open()
        await hear_stories(runtime, Story().then(5, "resolved"))
        for statement in ("DELETE FROM raw_event", "UPDATE raw_event SET time = now()"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await runtime.execute(statement)
        async with runtime.transaction() as conn:
            await refold(conn, lambda _done, _total: None)
        await runtime.close()
    finally:
        await db.execute("DROP OWNED BY metrics_reader; DROP ROLE metrics_reader")
