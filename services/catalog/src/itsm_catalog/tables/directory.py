"""Who is who: what the rest of the catalog asks about people, groups and business units.

A key that nobody has registered is taken for somebody active: copies come late, work does not wait.
Each question takes a database or, inside a transaction, its connection.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol

MEMBERS: Final = """
SELECT m.person, p.id IS NOT NULL AS known, p.name, coalesce(p.active, true) AS active, g.active AS working
FROM membership m JOIN people_group g ON g.tenant = m.tenant AND g.key = m.group_key
LEFT JOIN person p ON p.tenant = m.tenant AND p.key = m.person
WHERE m.tenant = $1 AND m.group_key = $2 ORDER BY m.person
"""
DELEGATES: Final = """
SELECT p.key, p.delegate FROM person p LEFT JOIN person d ON d.tenant = p.tenant AND d.key = p.delegate
WHERE p.tenant = $1 AND p.key = ANY($2::text[]) AND p.delegate IS NOT NULL AND coalesce(d.active, true)
AND (p.delegate_from <= $3) IS NOT FALSE AND ($3 < p.delegate_until) IS NOT FALSE
"""
DELEGATORS: Final = """
SELECT key FROM person WHERE tenant = $1 AND delegate = $2 AND active
AND (delegate_from <= $3) IS NOT FALSE AND ($3 < delegate_until) IS NOT FALSE ORDER BY key
"""
UPWARDS: Final = """
WITH RECURSIVE above (key, level, passed) AS (
    SELECT $2::text, 0, ARRAY[$2::text]
    UNION ALL
    SELECT u.parent, level + 1, passed || u.parent FROM above JOIN business_unit u ON u.key = above.key
    WHERE u.tenant = $1 AND u.parent IS NOT NULL AND u.parent <> ALL (passed)
)
SELECT key FROM above WHERE key IS NOT NULL ORDER BY level
"""
UNIT: Final = "SELECT business_unit FROM person WHERE tenant = $1 AND key = $2"
ACTIVE: Final = "SELECT active FROM person WHERE tenant = $1 AND key = $2"
GROUPS: Final = """
SELECT g.card FROM membership m JOIN people_group g ON g.tenant = m.tenant AND g.key = m.group_key
WHERE m.tenant = $1 AND m.person = $2 AND g.active ORDER BY g.key
"""


class Reader(Protocol):
    """A database, or a connection of it."""

    async def fetch(self, sql: str, /, *args: Any) -> list[Any]:
        """All rows of a statement."""

    async def fetchval(self, sql: str, /, *args: Any) -> Any:
        """The first value of the first row."""


async def members_of(db: Reader, tenant: str, group: str) -> list[str]:
    """The members who can act now, by key: those of an active group, without the deactivated."""
    rows = await db.fetch(MEMBERS, tenant, group)
    return [row["person"] for row in rows if row["active"] and row["working"]]


async def membership(db: Reader, tenant: str, group: str) -> list[dict[str, Any]]:
    """Every member {person, name, known, active}, by key."""
    rows = [dict(row) for row in await db.fetch(MEMBERS, tenant, group)]
    return [{name: row[name] for name in ("person", "name", "known", "active")} for row in rows]


async def acts(db: Reader, tenant: str, person: str) -> bool:
    """Whether somebody votes and works, as all do who have not left."""
    return await db.fetchval(ACTIVE, tenant, person) is not False


async def delegates_of(db: Reader, tenant: str, people: Sequence[str], at: datetime) -> dict[str, str]:
    """Who stands in for each of these people at a moment; who has no delegate then is not in it."""
    rows = await db.fetch(DELEGATES, tenant, list(people), at)
    return {row["key"]: row["delegate"] for row in rows}


async def delegate_of(db: Reader, tenant: str, person: str, at: datetime) -> str | None:
    """Who stands in for a person at a moment."""
    return (await delegates_of(db, tenant, [person], at)).get(person)


async def delegators_of(db: Reader, tenant: str, delegate: str, at: datetime) -> list[str]:
    """For whom a person stands in at a moment."""
    return [row["key"] for row in await db.fetch(DELEGATORS, tenant, delegate, at)]


async def units_upwards(db: Reader, tenant: str, unit: str | None) -> list[str]:
    """A business unit and those above it, from the unit to the top; none for None."""
    return [row["key"] for row in await db.fetch(UPWARDS, tenant, unit)]


async def units_of(db: Reader, tenant: str, person: str) -> list[str]:
    """The business unit of a person and those above it; none where it is not known."""
    return await units_upwards(db, tenant, await db.fetchval(UNIT, tenant, person))


async def groups_of(db: Reader, tenant: str, person: str) -> list[str]:
    """The cards of the active groups that a person is in."""
    return [row["card"] for row in await db.fetch(GROUPS, tenant, person)]
