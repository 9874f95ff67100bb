"""A database of the revision before, brought to this one with what is in it."""

import asyncpg
from alembic import command
from itsm_change.app import service
from itsm_change.rules import card
from itsm_chassis.run.migrate import config, migrate
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from support import databases

OLD_CARD = (
    '{"id":"01a20641-0000-7388-9733-f7a01763f8b5","number":"CHG-000007","version":1,"title":"Replace mx-1",'
    '"description":null,"change_type":"normal","status":"new","service":"mail","requester":"carl",'
    '"requested_at":"2026-03-02T08:15:00Z"}'
)
OLD_ROW = """
INSERT INTO change (
    id, tenant, version, card, number, title, change_type, status, service, requester, requested_at)
VALUES ('01a20641-0000-7388-9733-f7a01763f8b5', 'acme', 1, $1, $2, 'Replace mx-1', 'normal',
    'new', 'mail', 'carl', '2026-03-02T08:15:00Z')
"""


async def at_the_first_revision(url: str) -> None:
    def first(connection: Connection) -> None:
        made = config(service.package)
        made.attributes["connection"] = connection
        command.upgrade(made, "0001")

    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.begin() as connection:
        await connection.run_sync(first)
    await engine.dispose()


async def test_a_change_of_the_release_before_reads_as_one_of_today(postgres_url: str) -> None:
    async with databases.fresh(postgres_url, "change-0001", at_the_first_revision) as url:
        connection = await asyncpg.connect(url)
        await connection.execute(OLD_ROW, OLD_CARD, "CHG-000007")
        await migrate(service.package, service.metadata, url, url)
        row = await connection.fetchrow("SELECT * FROM change")
        assert row is not None
        state = card.read(row["card"])
        assert card.read(card.write(state)) == state
        assert (state.title, state.requester, state.approval) == ("Replace mx-1", "carl", "not_asked")
        assert state.requested_at == state.created_at == state.updated_at == row["updated_at"]
        assert (row["services"], row["configuration_items"]) == (["mail"], [])
        # The release before may still run beside this one, and knows none of the new columns.
        other = OLD_ROW.replace("f8b5", "f8b6")
        await connection.execute(other, OLD_CARD.replace("f8b5", "f8b6"), "CHG-000008")
        await connection.close()
