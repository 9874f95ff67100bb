"""The catalog's facts: of each key the event of the highest sequence counts."""

from typing import TYPE_CHECKING, Any, Final

from itsm_chassis.bus.decoding import Received
from itsm_events.dependency import DependencyAdded
from itsm_events.person import PersonUpdated

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection


def upsert(table: str, *columns: str) -> str:
    """The statement that keeps these columns of a tenant's key, unless something later is known."""
    names = ("tenant", "key", "sequence", *columns)
    binds = ", ".join(f"${number}" for number in range(1, len(names) + 1))
    kept = ", ".join(f"{name} = excluded.{name}" for name in ("sequence", *columns))
    return (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({binds}) "  # noqa: S608  # names of this file alone
        f"ON CONFLICT (tenant, key) DO UPDATE SET {kept} WHERE {table}.sequence < excluded.sequence"
    )


SERVICE: Final = upsert("service", "status", "criticality")
ITEM: Final = upsert("configuration_item", "status", "environment", "ci_type")
GROUP: Final = upsert("people_group", "active", "members")
PERSON: Final = upsert("person", "active", "delegate", "delegate_from", "delegate_until")
DEPENDENCY: Final = """
INSERT INTO dependency (
    id, tenant, sequence, dependent_kind, dependent_key, dependency_kind, dependency_key, present)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, present = excluded.present
WHERE dependency.sequence < excluded.sequence
"""


async def keep_service(conn: "Connection[Any]", event: Received) -> None:
    """What is known of a service of the portfolio."""
    data = event.envelope.data
    await conn.execute(SERVICE, *place(event, data["key"]), data["status"], data.get("criticality"))


async def keep_item(conn: "Connection[Any]", event: Received) -> None:
    """What is known of a configuration item."""
    data = event.envelope.data
    facts = (data["status"], data["environment"], data["ci_type"])
    await conn.execute(ITEM, *place(event, data["key"]), *facts)


async def keep_group(conn: "Connection[Any]", event: Received) -> None:
    """Who is in a group."""
    data = event.envelope.data
    await conn.execute(GROUP, *place(event, data["key"]), data["active"], data["members"])


async def keep_person(conn: "Connection[Any]", event: Received) -> None:
    """Whether somebody is there, and who stands in for them."""
    said = PersonUpdated.model_validate(event.envelope.data)
    facts = (said.active, said.delegate, said.delegate_from, said.delegate_until)
    await conn.execute(PERSON, *place(event, said.person), *facts)


async def keep_dependency(conn: "Connection[Any]", event: Received) -> None:
    """An edge of the service map that is there, or is gone."""
    envelope = event.envelope
    dependent, needed = envelope.data["dependent"], envelope.data["dependency"]
    edge = (dependent["kind"], dependent["key"], needed["kind"], needed["key"])
    present = envelope.type == DependencyAdded.type
    await conn.execute(DEPENDENCY, envelope.subject, envelope.tenant, envelope.sequence, *edge, present)


def place(event: Received, key: str) -> tuple[str, str, int]:
    """Whose key it is, and how late the fact."""
    return event.envelope.tenant, key, event.envelope.sequence
