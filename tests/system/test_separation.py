"""What one service's database role can reach: its own database, and there no more than it needs."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from support.databases import address
from support.stack import Stack

SERVICES = ("incident", "change", "catalog", "metrics")
KEPT = {
    "incident": ("event", "feed"),
    "change": ("event", "feed"),
    "catalog": ("event", "feed"),
    "metrics": ("raw_event",),
}


def urls(live: Stack) -> Iterator[tuple[str, str]]:
    """Every role's service and address, as the launcher hands them to the services."""
    for service in SERVICES:
        settings: dict[str, Any] = json.loads((live.folder / "environment" / f"{service}.json").read_text())
        yield service, settings["ITSM_DATABASE_URL"]
        yield service, settings["ITSM_MIGRATION_DATABASE_URL"]


async def test_no_role_can_connect_to_another_services_database(live: Stack) -> None:
    roles = list(urls(live))
    assert len({urlsplit(url).username for _, url in roles}) == 8
    databases = {service: urlsplit(url).path[1:] for service, url in roles}
    for service, url in roles:
        for other, database in databases.items():
            if other == service:
                await (await asyncpg.connect(url)).close()
                continue
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await asyncpg.connect(address(url, database))


async def test_the_running_service_cannot_rewrite_what_has_happened(live: Stack) -> None:
    for service, url in list(urls(live))[::2]:
        connection = await asyncpg.connect(url)
        for table in KEPT[service]:
            for statement in (
                f"DELETE FROM {table}",
                f"UPDATE {table} SET tenant = 'x'",
                f"TRUNCATE {table}",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE mine (n int)")
        await connection.close()
