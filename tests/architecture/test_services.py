"""What every service keeps in step: its document, its table of roles, its migrations."""

import re
from importlib import import_module
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from fastapi.routing import APIRoute
from itsm_chassis.auth.principal import Principal
from itsm_chassis.auth.vault import SESSION, Vault
from itsm_chassis.http import deps
from itsm_chassis.http.door import asks_for
from itsm_chassis.run.main import openapi
from itsm_chassis.run.migrate import migrate
from itsm_chassis.run.service import Service
from itsm_chassis.run.settings import Settings
from itsm_local.issuer import Issuer
from sqlalchemy import Connection, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from support import databases
from support.services import opened
from support.tree import ROOT, SERVICES

SOME = "00000000-0000-0000-0000-000000000000"
"""A path parameter, of any kind."""
NOWHERE = "postgresql://nobody@127.0.0.1:1/nowhere"


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Service:
    found = import_module(f"itsm_{request.param}.app").service
    assert isinstance(found, Service)
    return found


def test_the_committed_openapi_document_is_what_the_code_says(service: Service) -> None:
    committed = (ROOT / "services" / service.name / "openapi.json").read_text()
    assert committed == openapi(service) + "\n", "run `make generate`"


def test_every_operation_has_a_row_of_roles_and_every_row_an_operation(service: Service) -> None:
    routes = [route for router in service.routers for route in router.routes]
    operations = {route.unique_id for route in routes if isinstance(route, APIRoute)}
    assert operations == set(service.permissions)
    assert len(operations) == len(routes)


@pytest.mark.parametrize(
    ("query", "code"), [("?colour=red", "unknown_parameter"), ("?limit=1&limit=2", "parameter_repeated")]
)
async def test_no_operation_passes_over_a_parameter(
    service: Service, issuer: Issuer, query: str, code: str
) -> None:
    passed = []
    async with opened(service, NOWHERE, issuer) as running:
        admin = running.caller("admin")
        for route in (route for router in service.routers for route in router.routes):
            if not isinstance(route, APIRoute) or not route.path_format.startswith("/v1/"):
                continue  # pages speak to people
            if not asks_for(route.dependant, deps.linked):
                method = next(iter(route.methods or ()))
                path = re.sub("{[^}]*}", SOME, named(route.path_format))
                if asks_for(route.dependant, deps.signed_in):  # a page, which says it in words
                    answer = await running.client.get(path + query, headers=session(NOWHERE))
                    told = (answer.status_code, f"{code}, trace id" in answer.text)
                    expected: tuple[int, Any] = (422, True)
                else:
                    answer = await admin.call(method, path + query, If_Match="*")
                    told, expected = (answer.status_code, answer.json().get("code")), (422, code)
                if told != expected:
                    passed.append((route.unique_id, answer.status_code, answer.text[:80]))
    assert not passed


def named(path: str) -> str:
    """With the names that are looked for in the code, and not in the database, filled in."""
    return path.replace("{slug}", "backlog").replace("{process}", "incident")


def session(url: str) -> dict[str, str]:
    """The cookie of an admin who has signed in at the pages of a service on this database."""
    key = Settings(database_url=url, jwt_issuer="https://issuer.example").session_key
    sealed = Vault(key).seal_session(Principal("ada", "acme", frozenset({"admin"})), 4e9)
    return {"cookie": f"{SESSION}={sealed}"}


async def test_the_migrations_lead_to_the_tables_of_the_code(service: Service, postgres_url: str) -> None:
    async def prepare(url: str) -> None:
        await migrate(service.package, service.metadata, url, url)

    def differences(connection: Connection) -> tuple[Any, set[str]]:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        sequences: set[str] = {sequence.name for sequence in service.metadata._sequences.values()}
        return compare_metadata(context, service.metadata), sequences - set(
            inspect(connection).get_sequence_names()
        )

    async with databases.fresh(postgres_url, service.name, prepare) as url:
        engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == ([], set())
        await engine.dispose()
