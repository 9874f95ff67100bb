"""Conflicts found by looking at everything, quarter of an hour by quarter, and nothing of the service."""

from datetime import datetime, timedelta
from typing import Any, Final

from itsm_change.rules.recurrence import Schedule, occurrences

HOUR: Final = timedelta(hours=1)
BASE: Final = datetime.fromisoformat("2030-01-07T00:00:00+00:00")
Record = dict[str, Any]
"""nodes (s- for services, i- for items), start and end in quarters from BASE, status; windows have a rule."""


class World:
    """What is true, kept beside the service."""

    def __init__(self) -> None:
        self.changes: dict[str, Record] = {}
        self.windows: dict[str, Record] = {}
        self.freezes: dict[str, Record] = {}
        self.edges: dict[tuple[str, str], int] = {}
        """(dependent, dependency): there after an odd number of edits."""

    def found(self) -> set[tuple[str, str, str]]:
        """(change, kind, other) of every conflict there is."""
        answer = set[tuple[str, str, str]]()
        for number, mine in self.changes.items():
            if mine["status"] != "cancelled":
                for other, theirs in self.changes.items():
                    if other != number and theirs["status"] == "scheduled":
                        answer |= {(number, kind, other) for kind in self.between(mine, theirs)}
                answer |= {(number, "outside_window", key) for key in self.missed(mine)}
                answer |= {(number, "freeze", key) for key in self.frozen(number, mine)}
        return answer

    def between(self, mine: Record, theirs: Record) -> set[str]:
        """Kinds of conflict between two changes."""
        if not quarters(mine) & quarters(theirs):
            return set()
        kinds = set()
        for one in mine["nodes"]:
            for other in theirs["nodes"]:
                if one == other and one[0] == "i":
                    kinds.add("same_item")
                if one[0] == other[0] == "i" and other not in mine["nodes"] and self.related(one, other, 1):
                    kinds.add("related_item")
                if "s" in (one[0], other[0]) and self.related(one, other, 2):
                    kinds.add("related_service")
        if mine["assignee"] and mine["assignee"] == theirs["assignee"]:
            kinds.add("assignee")
        return kinds

    def missed(self, mine: Record) -> set[str]:
        """The first window of each node whose windows do not cover all of the time."""
        missed = set()
        for name in mine["nodes"]:
            own = [key for key, window in sorted(self.windows.items()) if is_for(window, name)]
            cover = set[int]().union(*(quarters(self.windows[key]) for key in own))
            if own and quarters(mine) - cover:
                missed.add(own[0])
        return missed

    def frozen(self, number: str, mine: Record) -> set[str]:
        """Freezes of what the change touches, or of what needs it."""
        return {
            key
            for key, freeze in self.freezes.items()
            if freeze["status"] == "active"
            and number not in freeze["exempt"]
            and quarters(mine) & quarters(freeze)
            and (
                not freeze["nodes"]
                or any(self.reaches(low, high, 2) for low in mine["nodes"] for high in freeze["nodes"])
            )
        }

    def reaches(self, low: str, high: str, steps: int) -> bool:
        """Whether `high` needs `low`, so many edges away at most."""
        if low == high:
            return True
        there = {a for (a, b), edits in self.edges.items() if edits % 2 and b == low}
        return steps > 0 and any(self.reaches(each, high, steps - 1) for each in there)

    def related(self, one: str, other: str, steps: int) -> bool:
        """Whether one needs the other, whichever."""
        return self.reaches(one, other, steps) or self.reaches(other, one, steps)


def is_for(window: Record, name: str) -> bool:
    """Whether a window counts for a node."""
    return window["status"] == "active" and (not window["nodes"] or name in window["nodes"])


def quarters(record: Record) -> set[int]:
    """The quarters of an hour that a change or window covers, in two weeks."""
    if "rule" not in record:
        return set(range(record["start"], record["end"]))
    first = [BASE + record[name] * HOUR / 4 for name in ("start", "end")]
    schedule = Schedule(first[0], first[1], record["rule"], "UTC")
    return {
        quarter
        for a, b in occurrences(schedule, BASE, BASE + timedelta(days=14))
        for quarter in range(int((a - BASE) / HOUR * 4), int((b - BASE) / HOUR * 4))
    }
