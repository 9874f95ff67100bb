"""Metrics over a real, migrated PostgreSQL; its application is called without a socket."""

from collections.abc import AsyncIterator

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from fastapi import FastAPI
from itsm_chassis.auth.links import Links
from itsm_chassis.http.app import build
from itsm_chassis.run.migrate import migrate
from itsm_chassis.store.database import Database
from itsm_metrics.app import service
from itsm_metrics.pages.site import site
from support import databases
from support.web import Ready, Tokens


async def prepare(url: str) -> None:
    await migrate(service.package, service.metadata, url, url)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_url(postgres_url: str) -> AsyncIterator[str]:
    async with databases.fresh(postgres_url, "metrics", prepare) as url:
        yield url


@pytest.fixture
async def metrics_url(shared_url: str) -> str:
    """A database in which nothing has been heard; emptied, which is quicker than made."""
    connection = await asyncpg.connect(shared_url)
    await connection.execute(f"TRUNCATE {', '.join(service.metadata.tables)} RESTART IDENTITY")
    await connection.close()
    return shared_url


@pytest.fixture
def statements() -> list[str]:
    """The SQL sent to PostgreSQL, newest last."""
    return []


@pytest.fixture
async def db(metrics_url: str, statements: list[str]) -> AsyncIterator[Database]:
    database = Database(metrics_url, size=3, observe=statements.append)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def links(db: Database) -> Links:
    """What signs links, as the service does it."""
    assert service.links is not None
    return service.links(service.settings(database_url=db.url, jwt_issuer="https://issuer.example"), db)


@pytest.fixture
def app(db: Database, links: Links) -> FastAPI:
    """The application."""
    return build(
        title=service.title,
        description=service.description,
        version=service.version,
        routers=service.routers,
        permissions=service.permissions,
        db=db,
        verifier=Tokens(),
        health=Ready(),
        site=site(service.settings(database_url=db.url, jwt_issuer="https://issuer.example")),
        links=links,
    )


@pytest.fixture
async def manager(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application, as a manager of the tenant acme."""
    transport = httpx2.ASGITransport(app=app)
    headers = {"authorization": "Bearer acme.mara.manager"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://metrics", headers=headers) as made:
        yield made


@pytest.fixture
async def visitor(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client without any token."""
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://metrics") as made:
        yield made
