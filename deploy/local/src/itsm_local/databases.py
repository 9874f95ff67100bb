"""One database and two roles per service: one owns and migrates the database, the other runs the service."""

import asyncio
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from itsm_local.failure import LauncherError

CONNECT_SECONDS = 10


async def provision(admin_url: str, database: str, owner_password: str, app_password: str) -> tuple[str, str]:
    """Make what is missing of `database`, `<database>_owner` and `<database>_app`; set both passwords.

    `admin_url` names a role that may create databases and roles. Nobody else can connect to the database.
    Answers the addresses of the owner and of the running service. May be called any number of times.
    """
    owner, app = f"{database}_owner", f"{database}_app"
    try:
        admin = await asyncpg.connect(admin_url, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        shown = urlsplit(admin_url)
        raise LauncherError(
            f"PostgreSQL at {shown.hostname}:{shown.port or 5432} cannot be used ({error}): "
            "check the address, role and password in DATABASE_URL."
        ) from error
    try:
        for role, secret in ((owner, owner_password), (app, app_password)):
            known = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
            verb = "ALTER" if known else "CREATE"
            await admin.execute(f"{verb} ROLE {_name(role)} LOGIN PASSWORD {_text(secret)}")
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            # Where the administrator is no superuser, only a member of a role may make it an owner.
            await admin.execute(f"GRANT {_name(owner)} TO CURRENT_USER")
            await admin.execute(f"CREATE DATABASE {_name(database)} OWNER {_name(owner)}")
        await admin.execute(f"REVOKE ALL ON DATABASE {_name(database)} FROM PUBLIC")
        await admin.execute(f"GRANT CONNECT ON DATABASE {_name(database)} TO {_name(owner)}, {_name(app)}")
    except asyncpg.PostgresError as error:
        raise LauncherError(
            f"The database {database} could not be made ({error}): "
            "DATABASE_URL needs a role with CREATEDB and CREATEROLE."
        ) from error
    finally:
        await admin.close()
    return address(admin_url, database, owner, owner_password), address(
        admin_url, database, app, app_password
    )


def provision_now(admin_url: str, database: str, owner_password: str, app_password: str) -> tuple[str, str]:
    """The same, for a caller without an event loop."""
    return asyncio.run(provision(admin_url, database, owner_password, app_password))


def address(server_url: str, database: str, role: str, secret: str) -> str:
    """The address of a database on the server of `server_url`, for another role."""
    server = urlsplit(server_url)
    place = server.netloc.rpartition("@")[2]
    return urlunsplit(
        ("postgresql", f"{role}:{quote(secret, safe='')}@{place}", f"/{database}", server.query, "")
    )


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
