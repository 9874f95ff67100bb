"""What the runtime role may do with what was heard."""

import asyncpg
import pytest
from itsm_chassis.run.migrate import migrate
from itsm_chassis.store.database import Database
from itsm_metrics.app import service
from itsm_metrics.tables import metadata
from support.incident_events import Story
from support.metrics import hear_stories, rebuild


async def test_the_runtime_role_can_hear_and_rebuild_but_never_change_a_raw_event(
    metrics_url: str, db: Database
) -> None:
    await db.execute("CREATE ROLE metrics_reader LOGIN PASSWORD 'secret'")
    server = metrics_url.rpartition("@")[2].removeprefix("postgresql://")
    url = f"postgresql://metrics_reader:secret@{server}"
    try:
        await migrate(service.package, metadata, metrics_url, url)
        runtime = Database(url, size=2)
        await runtime.open()
        await hear_stories(runtime, Story().then(5, "resolved"))
        for statement in ("DELETE FROM raw_event", "UPDATE raw_event SET time = now()"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await runtime.execute(statement)
        await rebuild(runtime)
        await runtime.close()
    finally:
        await db.execute("DROP OWNED BY metrics_reader; DROP ROLE metrics_reader")
