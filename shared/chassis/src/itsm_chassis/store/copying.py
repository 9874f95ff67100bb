"""Many rows at once, by COPY."""

from collections.abc import AsyncIterable, Iterable, Sequence
from typing import Any

from itsm_chassis.store.database import COMMAND_TIMEOUT_S, Connection
from itsm_chassis.store.tables import event, outbox
from itsm_chassis.store.work import Fact


async def say(
    conn: "Connection[Any]", facts: Sequence[Fact], *, timeout_s: float = COMMAND_TIMEOUT_S
) -> None:
    """State facts whose records the caller's transaction has locked; they are said in this order."""
    await copy(conn, event.name, [c.name for c in event.columns], facts, timeout_s)
    spoken = ((fact.tenant, fact.id) for fact in facts)
    await copy(conn, outbox.name, ["tenant", "event_id"], spoken, timeout_s)


async def copy(
    conn: "Connection[Any]",
    table: str,
    columns: list[str],
    rows: Iterable[tuple[Any, ...]] | AsyncIterable[tuple[Any, ...]],
    timeout_s: float,
) -> None:
    """COPY rows in their order, which is the order of the outbox's positions."""
    await conn.copy_records_to_table(table, records=rows, columns=columns, timeout=timeout_s)
