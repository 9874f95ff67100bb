"""Improvements that nobody wrote down: what the reviews of changes found."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

from itsm_chassis.bus.decoding import Received
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.perform import write

from itsm_metrics.commands.improvement_recording import written
from itsm_metrics.rules.improvement import Improvement
from itsm_metrics.tables import improvement_number

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

ACTOR: Final = "system:reviews"
KNOWN: Final = "SELECT id FROM improvement WHERE id = ANY($1::uuid[])"
NUMBER: Final = "SELECT nextval($1::text::regclass)"
LONGEST: Final = 1000


async def propose_reviewed(conn: "Connection[Any]", events: Sequence[Received], now: datetime) -> None:
    """Register what reviews found to be improved, each finding once; in the consumer's transaction.

    A finding is the same as long as its change and its words are, however often the change says it.
    """
    found = {
        identity(event.envelope.subject, words): (event, words) for event in events for words in wanted(event)
    }
    known = {row["id"] for row in await conn.fetch(KNOWN, list(found))} if found else set()
    for each, (event, words) in found.items():
        if each in known:
            continue
        ctx = Context(event.envelope.tenant, ACTOR, frozenset({"service"}), now)
        number = await conn.fetchval(NUMBER, improvement_number.name)
        [work], _ = written(ctx, None, proposed(each, f"IMP-{number:06d}", event, words, now))
        await write(conn, ctx, work, Answer(201, ""), None)


def wanted(event: Received) -> list[str]:
    """The findings of a review that ask to become improvements, in its words."""
    findings = event.envelope.data.get("findings") or ()
    return list(dict.fromkeys(each["summary"] for each in findings if each.get("improvement")))


def identity(change: UUID, words: str) -> UUID:
    """Whose finding it is, and what it says."""
    return uuid5(change, f"finding\n{words}")


def proposed(identity: UUID, number: str, event: Received, words: str, now: datetime) -> Improvement:
    """The improvement that a finding asks for."""
    said = event.envelope.data
    return Improvement(
        id=identity,
        number=number,
        title=words[:LONGEST],
        description=f"Found in the review of {said['number']}: {said['title']}",
        source="pir",
        reference=str(event.envelope.subject),
        service=said.get("service"),
        identified_at=now,
    )
