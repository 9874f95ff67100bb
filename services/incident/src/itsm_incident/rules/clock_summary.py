"""What a list shows of an incident's clocks: the due date that is closest, and how it stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from itsm_incident.rules.clock import Row

SLA_STATES: Final = ("none", "running", "paused", "overdue", "met", "breached", "cancelled")


def due_at(rows: Sequence[Row]) -> datetime | None:
    """The closest due date of the clocks that go on."""
    return min((row.due_at for row in rows if row.ended_at is None and row.due_at), default=None)


def state(rows: Sequence[Row], now: datetime) -> str:
    """How the incident stands.

    - overdue, running, paused: while a clock goes on, of the one that is due first
    - breached, met, cancelled: once all have ended; breached where one was
    - none: without clocks
    """
    going = [row for row in rows if row.ended_at is None]
    if any(row.breached(now) for row in going):
        return "overdue"
    if going:
        return "running" if any(row.state == "running" for row in going) else "paused"
    verdicts = {row.verdict(now) for row in rows}
    return next((name for name in ("breached", "met") if name in verdicts), "cancelled" if rows else "none")
