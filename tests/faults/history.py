"""A made-up desk's history, the same each time: steps of every kind, holds, reopenings, hand-overs."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

STATES = ("in_progress", "in_progress", "in_progress", "on_hold", "resolved", None)


def lines(incidents: int) -> list[bytes]:
    """So many lines of the history import."""
    chance = random.Random(20260302)
    return [(json.dumps(incident(chance, number)) + "\n").encode() for number in range(incidents)]


def incident(chance: random.Random, number: int) -> dict[str, Any]:
    """One incident with three to fourteen steps; one in eight stays open."""
    at = opened = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(700_000))
    history = []
    for _ in range(chance.randrange(3, 14)):
        at += timedelta(seconds=chance.randrange(50_000))
        step: dict[str, Any] = {"at": at.isoformat(), "assignment_group": f"group {chance.randrange(5)}"}
        to = chance.choice(STATES)
        if to is not None:
            step["to"] = to
        if to == "on_hold":
            step["reason"] = "vendor"
        history.append(step)
    if chance.random() < 0.875:
        history.append(
            {"at": (at + timedelta(hours=1)).isoformat(), "to": "closed", "resolution_code": "fixed"}
        )
    level = ("high", "medium", "low")
    return {
        "external_id": f"D-{number}",
        "title": f"Number {number}",
        "opened_at": opened.isoformat(),
        "impact": chance.choice(level),
        "urgency": chance.choice(level),
        "service": f"service {chance.randrange(4)}",
        "history": history,
    }
