"""The metrics service on a socket, with the development issuer beside it, for whoever looks at its pages."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import httpx2
from itsm_chassis import clock
from itsm_chassis.run.migrate import migrate
from itsm_local.issuer import Issuer
from itsm_metrics.app import service
from support import databases
from support.eventually import until


@dataclass(frozen=True)
class Place:
    """Where the pages are, where people sign in, and the database behind."""

    url: str
    issuer: Issuer
    database: str

    def bearer(self, role: str, tenant: str = "acme") -> str:
        """A token for the API."""
        return self.issuer.token(tenant, [role], "mona", int(clock.now().timestamp()))

    @asynccontextmanager
    async def visitor(
        self, role: str, tenant: str = "acme", *, expect: int = 200
    ) -> AsyncIterator[httpx2.AsyncClient]:
        """Somebody who has signed in."""
        async with httpx2.AsyncClient(base_url=self.url, follow_redirects=True) as client:
            form = (await client.get("/pages")).url
            signed = await client.post(form, data={"subject": "mona", "tenant": tenant, "roles": role})
            assert signed.status_code == expect, signed.text
            yield client


async def prepare(url: str) -> None:
    """A migrated database."""
    await migrate(service.package, service.metadata, url, url)


@asynccontextmanager
async def place(postgres_url: str, folder: Path) -> AsyncIterator[Place]:
    """Both running; ended afterwards."""
    with socket() as one, socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        port, issuer_port = one.getsockname()[1], other.getsockname()[1]
    issuer = Issuer(folder, f"http://127.0.0.1:{issuer_port}")
    async with databases.fresh(postgres_url, "metrics", prepare) as database:
        processes = start(folder, issuer, database, port, issuer_port)
        try:
            found = Place(f"http://127.0.0.1:{port}", issuer, database)
            await until(lambda: answers(found), within_s=120)
            yield found
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(15)


def start(
    folder: Path, issuer: Issuer, database: str, port: int, issuer_port: int
) -> "list[subprocess.Popen[bytes]]":
    """The service and the issuer, each a process."""
    settings = {"ITSM_DATABASE_URL": database, "ITSM_PORT": str(port), **issuer.settings}
    pages = ["-m", "itsm_metrics", "serve", "--http-only"]
    signing = ["-m", "itsm_local.issuer_server", str(folder), issuer.url, str(issuer_port)]
    with (folder / "log").open("wb") as log:
        return [
            subprocess.Popen(
                [sys.executable, *words],
                env={**os.environ, **settings},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            for words in (pages, signing)
        ]


async def answers(found: Place) -> bool:
    """Whether both do."""
    try:
        async with httpx2.AsyncClient() as client:
            for url in (f"{found.url}/livez", f"{found.issuer.url}/jwks"):
                (await client.get(url)).raise_for_status()
    except httpx2.HTTPError:
        return False
    return True
