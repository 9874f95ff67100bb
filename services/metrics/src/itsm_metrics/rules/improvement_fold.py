"""All events of one improvement, in any order and any number of times -> its facts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from itsm_metrics.rules.facts import Facts, Measurement, Place
from itsm_metrics.rules.walk import inorder, moment


class Step(NamedTuple):
    """The improvement after one event."""

    sequence: int
    event: str
    source: str
    place: Place
    identified_at: datetime
    closed_at: datetime | None
    verdict: str | None


def step(said: Mapping[str, Any]) -> Step:
    """One event's envelope as a step."""
    state = said["data"]
    return Step(
        said["sequence"],
        said["id"],
        state["source"],
        Place(service=state.get("service"), business_unit=state.get("business_unit")),
        datetime.fromisoformat(state["identified_at"]),
        moment(state.get("closed_at")),
        (state.get("effect") or {}).get("verdict"),
    )


def fold(steps: Iterable[Step]) -> Facts:
    """That it was registered; and closed, whether its figure was shown to be better."""
    last = inorder(steps)[-1]
    found = [Measurement("improvement_registered", 0, last.identified_at, None, last.place, last.source)]
    if last.closed_at is not None:
        measured = last.verdict is not None
        name = "improvement_closed" if measured else "improvement_unmeasured"
        worth = int(last.verdict == "improved") if measured else None
        found.append(Measurement(name, 0, last.closed_at, worth, last.place, last.source))
    return Facts(found)
