"""A service under test: its own composition root on a migrated PostgreSQL, called without a socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from itsm_chassis import clock
from itsm_chassis.bus.relay import Relay
from itsm_chassis.run.health import Health
from itsm_chassis.run.migrate import migrate
from itsm_chassis.run.serve import application
from itsm_chassis.run.service import Service
from itsm_chassis.store.database import Database
from itsm_local.issuer import Issuer
from support import databases
from support.eventually import until


@dataclass(frozen=True)
class Caller:
    """Somebody with a token, at the service's door."""

    client: httpx2.AsyncClient
    token: str

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """One request; an underscore in a header's name stands for a dash."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {self.token}"
        return await self.client.request(method, path, json=body, headers=sent)

    async def get(self, path: str) -> Any:
        """What a path holds; it must answer 200."""
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def creates(self, path: str, **fields: Any) -> Any:
        """The new record; it must answer 201."""
        answer = await self.call("POST", path, fields)
        assert answer.status_code == 201, answer.text
        return answer.json()


@dataclass(frozen=True)
class Running:
    """A service's application and what a test looks at behind it."""

    service: Service
    client: httpx2.AsyncClient
    db: Database
    issuer: Issuer
    statements: list[str] = field(default_factory=list)
    """Every statement sent, in order."""

    def caller(self, role: str, subject: str = "anna", tenant: str = "acme") -> Caller:
        """Somebody whose token names this role."""
        seconds = int(clock.now().timestamp())
        return Caller(self.client, self.issuer.token(tenant, [role], subject, seconds))

    async def say_all(self, amqp_url: str) -> None:
        """Relay until the outbox is empty; somebody must listen, or the broker returns the events."""
        relay = asyncio.create_task(Relay(self.db, amqp_url, self.service.name).run())
        try:
            await until(lambda: self.db.fetchval("SELECT count(*) = 0 FROM outbox"))
        finally:
            relay.cancel()


@asynccontextmanager
async def running(service: Service, postgres_url: str, issuer: Issuer) -> AsyncIterator[Running]:
    """A service on a fresh database, as its migrations make it."""

    async def prepare(url: str) -> None:
        await migrate(service.package, service.metadata, url, url)

    async with (
        databases.fresh(postgres_url, service.name, prepare) as url,
        opened(service, url, issuer) as made,
    ):
        yield made


@asynccontextmanager
async def beside(first: Running) -> AsyncIterator[Running]:
    """A replica: the same service on the same database, with connections of its own."""
    async with opened(first.service, first.db.url, first.issuer) as made:
        yield made


@asynccontextmanager
async def opened(service: Service, url: str, issuer: Issuer) -> AsyncIterator[Running]:
    """A service on a migrated database."""
    trust: dict[str, Any] = {
        name.removeprefix("ITSM_").lower(): value for name, value in issuer.settings.items()
    }
    statements: list[str] = []
    settings = service.settings(database_url=url, **trust)
    db = Database(url, observe=statements.append)
    await db.open()
    app = application(service, settings, db, Health(db, service.package))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://service") as client:
        yield Running(service, client, db, issuer, statements)
    await db.close()
