"""All events of one suspicion, that a change caused an incident, in any order -> what is said of it now."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from itsm_metrics.rules.facts import Facts, Suspicion
from itsm_metrics.rules.walk import inorder


class Step(NamedTuple):
    """The suspicion after one event."""

    sequence: int
    event: str
    state: str
    said: Suspicion


def step(said: Mapping[str, Any]) -> Step:
    """One event's envelope as a step."""
    state = said["data"]
    confirmed = state["state"] == "confirmed"
    opened_at = datetime.fromisoformat(state["opened_at"])
    return Step(
        said["sequence"],
        said["id"],
        state["state"],
        Suspicion(UUID(state["change"]), UUID(state["incident"]), opened_at, confirmed),
    )


def fold(steps: Iterable[Step]) -> Facts:
    """The last event's word; rejected and withdrawn ones are no facts."""
    last = inorder(steps)[-1]
    return Facts(suspicions=[last.said]) if last.state in ("suspected", "confirmed") else Facts()
