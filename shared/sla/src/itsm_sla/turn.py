"""What an event did to a record's clocks, as the facts to be said about them.

Thresholds and the breach come with time, not with an event of the record: `itsm_sla.timer` tells those.
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from itsm_sla.clock import Clock, State

What = Literal["attached", "paused", "resumed", "completed", "cancelled"]
ENTERED: Final[dict[State, What]] = {
    "running": "resumed",
    "paused": "paused",
    "completed": "completed",
    "cancelled": "cancelled",
}


class Turn(NamedTuple):
    """One fact about a clock, which is told as it stands afterwards."""

    what: What
    clock: Clock


def turns(before: Iterable[Clock], after: Iterable[Clock]) -> tuple[Turn, ...]:
    """What happened between two states of a record's clocks, old clocks first, then those that attach.

    A clock that attaches in another state than running has a second fact. A reopened one is resumed.
    """
    known = {clock.identity: clock.state for clock in before}
    old: list[Turn] = []
    new: list[Turn] = []
    for clock in after:
        state = known.get(clock.identity)
        if state is None:
            new.append(Turn("attached", clock))
            state = "running"
            found = new
        else:
            found = old
        if clock.state != state:
            found.append(Turn(ENTERED[clock.state], clock))
    return *old, *new
