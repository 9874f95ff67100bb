"""The catalog service, its application called without a socket."""

from collections.abc import AsyncIterator

import pytest
from itsm_catalog.app import service
from itsm_local.issuer import Issuer
from support.services import Running, running
from support.shop import Shop


@pytest.fixture
async def catalog(postgres_url: str, issuer: Issuer) -> AsyncIterator[Running]:
    async with running(service, postgres_url, issuer) as made:
        yield made


@pytest.fixture
async def shop(catalog: Running) -> Shop:
    return await Shop(catalog).opened()
