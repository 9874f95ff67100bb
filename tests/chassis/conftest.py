"""A toy service's database, fresh for each test."""

from collections.abc import AsyncIterator

import pytest
from itsm_chassis.store.database import Database
from support import databases, toy


@pytest.fixture
async def toy_url(postgres_url: str) -> AsyncIterator[str]:
    async with databases.fresh(postgres_url, "toy", toy.create_tables) as url:
        yield url


@pytest.fixture
async def db(toy_url: str) -> AsyncIterator[Database]:
    database = Database(toy_url, size=10)
    await database.open()
    yield database
    await database.close()
