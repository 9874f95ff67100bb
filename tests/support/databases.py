"""A fresh database per test: migrated or created once per worker, then copied as a template."""

import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg

_numbers = itertools.count(1)
_templates: dict[str, str] = {}


def address(url: str, database: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@asynccontextmanager
async def fresh(admin_url: str, kind: str, prepare: Callable[[str], Awaitable[None]]) -> AsyncIterator[str]:
    """The URL of a new database, as `prepare` made it for this `kind`; dropped afterwards."""
    admin = await asyncpg.connect(admin_url)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    try:
        if kind not in _templates:
            template = f"template_{kind}_{worker}"
            await admin.execute(f'CREATE DATABASE "{template}"')
            await prepare(address(admin_url, template))
            _templates[kind] = template
        name = f"test_{kind}_{worker}_{next(_numbers)}"
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{_templates[kind]}"')
        try:
            yield address(admin_url, name)
        finally:
            await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close()
