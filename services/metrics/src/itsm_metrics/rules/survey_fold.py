"""All events of one survey, in any order and any number of times -> its facts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from itsm_metrics.rules.facts import Facts, Measurement, Place
from itsm_metrics.rules.walk import inorder

SATISFIED = 4
"""The least score that counts as satisfied."""


class Step(NamedTuple):
    """The survey after one event."""

    sequence: int
    event: str
    status: str
    score: int | None
    sent_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    record_type: str
    place: Place


def step(said: Mapping[str, Any]) -> Step:
    """One event's envelope as a step."""
    state = said["data"]
    answered_at = state.get("answered_at")
    return Step(
        said["sequence"],
        said["id"],
        state["status"],
        state.get("score"),
        datetime.fromisoformat(state["sent_at"]),
        datetime.fromisoformat(state["expires_at"]),
        None if answered_at is None else datetime.fromisoformat(answered_at),
        state["record_type"],
        Place(*(state.get(name) for name in Place._fields)),
    )


def fold(steps: Iterable[Step]) -> Facts:
    """It was sent, and answered or not; and the answer, its time ran out, or it is open.

    A revision changes the answer, never its time: each survey counts once, in the period of its first answer.
    """
    last = inorder(steps)[-1]
    is_answered = last.answered_at is not None and last.score is not None

    def fact(measure: str, at: datetime, value: bool | None = None) -> Measurement:
        number = None if value is None else int(value)
        return Measurement(measure, 0, at, number, last.place, last.record_type)

    found = [fact("survey_sent", last.sent_at, is_answered)]
    if last.answered_at is not None and last.score is not None:
        found.append(fact("survey_answered", last.answered_at, last.score >= SATISFIED))
    elif last.status == "expired":
        found.append(fact("surveys_expired", last.expires_at))
    else:
        found.append(fact("surveys_open", last.sent_at))
    return Facts(found)
