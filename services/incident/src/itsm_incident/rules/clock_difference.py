"""Two states of one record's clocks side by side, and the totals over many records."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from itsm_sla.comparison import Difference, Value
from itsm_sla.instant import SECOND, rfc3339

from itsm_incident.rules.clock import Row
from itsm_incident.rules.clock_fold import WITHDRAWN

SAME: Final = (
    "policy_version",
    "calendar",
    "calendar_version",
    "target_s",
    "state",
)
TIMES: Final = ("started_at", "due_at", "ended_at", "first_completed_at")
LATE: Final = frozenset({"breached", "open_breached", "cancelled_after_breach"})
CLOCKS: Final = (
    "before",
    "after",
    "breached_before",
    "breached_after",
    "newly_breached",
    "no_longer_breached",
    "newly_met",
)
Pair = tuple[Row | None, Row | None]


def pairs(before: Iterable[Row], after: Iterable[Row]) -> list[Pair]:
    """Each clock before and after, in order; one that was withdrawn before is none."""
    old = {row.identity: row for row in before if row.ending != WITHDRAWN}
    new = {row.identity: row for row in after}
    return [(old.get(identity), new.get(identity)) for identity in sorted(old.keys() | new.keys())]


def differences(both: Iterable[Pair], now: datetime) -> list[Difference]:
    """Every property that differs, durations without the stretch that lasts."""
    found: list[Difference] = []
    for was, becomes in both:
        known = was or becomes
        if known is None:
            continue
        if was is None or becomes is None:
            verdicts = (row.verdict(now) if row else None for row in (was, becomes))
            found.append(Difference(*known.identity, "clock", *verdicts))
            continue
        told, asked = facts(was, now), facts(becomes, now)
        found += [
            Difference(*known.identity, name, value, asked[name])
            for name, value in told.items()
            if value != asked[name]
        ]
    return found


def facts(row: Row, now: datetime) -> dict[str, Value]:
    """What is compared."""
    told: dict[str, Value] = {name: getattr(row, name) for name in SAME}
    times = {name: getattr(row, name) for name in TIMES}
    told |= {"elapsed_s": row.elapsed_us / SECOND, "business_s": row.business_us / SECOND}
    told |= {name: rfc3339(at) if at else None for name, at in times.items()}
    fires = ", ".join(f"{mark.percent} % {rfc3339(mark.fires_at)}" for mark in row.marks)
    return told | {"verdict": row.verdict(now), "fires": fires}


def shown(difference: Difference) -> dict[str, Any]:
    """A difference as JSON has it."""
    return {
        "policy": difference.policy,
        "measure": difference.measure,
        "attached_sequence": difference.attached_sequence,
        "field": difference.field,
        "before": difference.before,
        "after": difference.after,
        "sentence": difference.sentence,
    }


class Totals:
    """What a recompute or a what-if comes to."""

    def __init__(self) -> None:
        """Nothing compared yet."""
        self.records = self.changed = self.differences = 0
        self.clocks: Counter[str] = Counter()

    def add(self, both: Iterable[Pair], found: int, now: datetime) -> None:
        """Count one record."""
        self.records += 1
        self.changed += found > 0
        self.differences += found
        for was, becomes in both:
            before, after = (row.verdict(now) if row else None for row in (was, becomes))
            self.clocks["before"] += was is not None
            self.clocks["after"] += becomes is not None
            self.clocks["breached_before"] += before in LATE
            self.clocks["breached_after"] += after in LATE
            self.clocks["newly_breached"] += after in LATE and before not in LATE
            self.clocks["no_longer_breached"] += before in LATE and after not in LATE
            self.clocks["newly_met"] += after == "met" and before != "met"

    def shown(self) -> dict[str, Any]:
        """As JSON has it."""
        counts = {"records": self.records, "changed": self.changed, "differences": self.differences}
        return counts | {"clocks": {name: self.clocks[name] for name in CLOCKS}}
