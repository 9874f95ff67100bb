"""Whether a pipeline may go on now, and every reason why not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from itsm_change.rules.accepting import Judged
from itsm_change.rules.change import Change
from itsm_change.rules.conflicts import HOLDING

Code = Literal["state", "approval", "window", "freeze", "conflict"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to deny; `other` is the number or key of the record behind it."""

    code: Code
    message: str
    other: str | None = None


def answer(reasons: Iterable[Reason]) -> dict[str, Any]:
    """Allow, where there is no reason not to."""
    found = list(reasons)
    shown = [{"code": each.code, "message": each.message, "other": each.other} for each in found]
    return {"decision": "deny" if found else "allow", "reasons": shown}


def of_change(change: Change, found: Iterable[Judged], now: datetime) -> Iterator[Reason]:
    """What denies the implementation of a change now."""
    if change.status not in HOLDING:
        yield Reason("state", f"{change.number} is in {change.status}; it has to be scheduled.")
    if change.approval not in ("approved", "not_required"):
        yield Reason("approval", f"{change.number} is not approved: {change.approval.replace('_', ' ')}.")
    start, end = change.planned_start, change.planned_end
    if start is None or end is None:
        yield Reason("window", f"No time is planned for {change.number}.")
    elif now < start:
        yield Reason("window", f"The planned time of {change.number} has not begun.")
    elif now >= end:
        yield Reason("window", f"The planned time of {change.number} is over.")
    yield from against(found)


def against(found: Iterable[Judged]) -> Iterator[Reason]:
    """Freezes, a missed maintenance window, and conflicts that nobody has accepted."""
    for each in found:
        if each.blocks:
            conflict = each.conflict
            code: Code = "conflict"
            if conflict.kind == "freeze":
                code = "freeze"
            elif conflict.kind == "outside_window":
                code = "window"
            yield Reason(code, conflict.why, conflict.other)
