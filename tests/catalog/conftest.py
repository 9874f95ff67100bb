"""The catalog service, its application called without a socket."""

from collections.abc import AsyncIterator

import pytest
from itsm_catalog.app import service
from itsm_local.issuer import Issuer
from support.services import Running, running


@pytest.fixture
async def catalog(postgres_url: str, issuer: Issuer) -> AsyncIterator[Running]:
    async with running(service, postgres_url, issuer) as made:
        yield made
