"""A service that was proposed before the portfolio knew costs and service levels."""

from alembic import command
from itsm_catalog.app import service
from itsm_chassis.run.migrate import config, migrate
from itsm_local.issuer import Issuer
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from support import databases
from support.services import opened

OLD = r"""
INSERT INTO service VALUES ('0190f3d0-0000-7000-8000-000000000001', 'acme', 1,
'{"id"\:"0190f3d0-0000-7000-8000-000000000001","key"\:"mail","version"\:1,"name"\:"Mail","description"\:null,'
'"status"\:"proposed","owner"\:"anna","business_unit"\:null,"proposed_at"\:"2026-01-05T09:00:00Z"}',
'mail', 'Mail', 'proposed', 'anna', NULL, '2026-01-05T09:00:00Z')
"""


def before(connection: Connection) -> None:
    made = config(service.package)
    made.attributes["connection"] = connection
    command.upgrade(made, "0003")
    connection.execute(text(OLD))


async def test_it_shows_the_new_fields_and_goes_on(postgres_url: str, issuer: Issuer) -> None:
    async def prepare(url: str) -> None:
        engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
        async with engine.begin() as connection:
            await connection.run_sync(before)
        await engine.dispose()
        await migrate(service.package, service.metadata, url, url)

    async with (
        databases.fresh(postgres_url, "catalog_of_before", prepare) as url,
        opened(service, url, issuer) as catalog,
    ):
        manager = catalog.caller("manager")
        shown = await manager.get("/v1/services/mail")
        new = await manager.creates("/v1/services", key="post", name="Post")
        assert shown.keys() == new.keys()
        assert (shown["customers"], shown["yearly_cost"], shown["owner"]) == ([], None, "anna")
        edit = await manager.call("PATCH", "/v1/services/mail", {"yearly_cost": 1.5}, If_Match='"1"')
        assert edit.json() == shown | {"yearly_cost": 1.5, "version": 2}
