"""The incident service over a real, migrated PostgreSQL: its application is called without a socket."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from itsm_chassis.auth.principal import Principal, Unauthenticated
from itsm_chassis.http.app import build
from itsm_chassis.run.migrate import migrate
from itsm_chassis.store.database import Database
from itsm_incident.app import service
from support import databases


class Plain:
    """A verifier for tests: the token says `tenant/subject/role+role`."""

    def known(self, token: str) -> Principal | None:
        tenant, subject, roles = token.split("/")
        return Principal(subject, tenant, frozenset(roles.split("+")))

    async def verify(self, token: str) -> Principal:
        raise Unauthenticated(token)


class Ready:
    """Always."""

    async def ready(self) -> Any:
        return "ready"

    async def refresh(self) -> None:
        pass


@dataclass
class Person:
    """Somebody with a token, at the service's door."""

    client: httpx2.AsyncClient
    token: str

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {self.token}"
        return await self.client.request(method, path, json=body, headers=sent)

    async def get(self, path: str) -> Any:
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def opens(self, **fields: Any) -> Any:
        body = {"title": "No mail", "impact": "high", "urgency": "medium"} | fields
        answer = await self.call("POST", "/v1/incidents", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def moves(self, incident: Any, to: str, **fields: Any) -> Any:
        path = f"/v1/incidents/{incident['id']}/transitions"
        answer = await self.call("POST", path, {"to": to} | fields, If_Match="*")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def resolves(self, incident: Any) -> Any:
        return await self.moves(incident, "resolved", resolution_code="fixed", resolution_note="Restarted.")

    async def says(self, incident: Any, body: str, visibility: str = "public") -> Any:
        path = f"/v1/incidents/{incident['id']}/comments"
        answer = await self.call("POST", path, {"body": body, "visibility": visibility})
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture
async def incident_url(postgres_url: str) -> AsyncIterator[str]:
    async def prepare(url: str) -> None:
        await migrate(service.package, service.metadata, url, url)

    async with databases.fresh(postgres_url, "incident", prepare) as url:
        yield url


@pytest.fixture
def statements() -> list[str]:
    """Every statement sent, in order."""
    return []


@pytest.fixture
async def db(incident_url: str, statements: list[str]) -> AsyncIterator[Database]:
    database = Database(incident_url, observe=statements.append)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def app(db: Database) -> FastAPI:
    return build(
        title=service.title,
        description=service.description,
        version=service.version,
        routers=service.routers,
        permissions=service.permissions,
        db=db,
        verifier=Plain(),
        health=Ready(),
        feed_scope=service.feed_scope,
    )


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://incident") as made:
        yield made


@pytest.fixture
def person(client: httpx2.AsyncClient) -> Callable[..., Person]:
    def named(subject: str, role: str = "requester", tenant: str = "acme") -> Person:
        return Person(client, f"{tenant}/{subject}/{role}")

    return named


@pytest.fixture
def agent(person: Callable[..., Person]) -> Person:
    return person("anna", "agent")


@pytest.fixture
def carl(person: Callable[..., Person]) -> Person:
    """A requester."""
    return person("carl")
