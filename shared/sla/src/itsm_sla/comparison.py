"""What a recompute or a what-if would change: two lists of one record's clocks, side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from itsm_sla.clock import Clock
from itsm_sla.instant import SECOND, rfc3339
from itsm_sla.policy import Measure
from itsm_sla.reading import read
from itsm_sla.words import duration

Value = str | int | float | bool | None
ASKED: Final = (
    "policy_version",
    "calendar",
    "calendar_version",
    "target_s",
    "state",
    "verdict",
    "started_at",
    "due_at",
    "ended_at",
    "first_completed_at",
    "business_s",
    "elapsed_s",
    "paused_s",
    "reached",
    "fires",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One property of a clock that differs, as data and in words.

    `field` is one of ASKED, or `clock` where there is one on one side only: then `before` or `after` is
    None and the other its verdict.
    """

    policy: str
    measure: Measure
    attached_sequence: int
    field: str
    before: Value
    after: Value

    @property
    def sentence(self) -> str:
        """Such as: resolve by policy gold (event 1): due_at 2026-03-06T17:00:00Z -> none."""
        head = f"{self.measure} by policy {self.policy} (event {self.attached_sequence}): "
        if self.field == "clock":
            if self.before is None:
                return f"{head}a new clock, {self.after}."
            return f"{head}the clock falls away, it was {self.before}."
        return f"{head}{self.field} {worded(self.field, self.before)} -> {worded(self.field, self.after)}."


def compare(before: Iterable[Clock], after: Iterable[Clock], now: datetime) -> tuple[Difference, ...]:
    """Every difference between the clocks as they stand at `now`; none for the same clocks."""
    old = {clock.identity: clock for clock in before}
    new = {clock.identity: clock for clock in after}
    found: list[Difference] = []
    for identity in sorted(old.keys() | new.keys()):
        was, becomes = old.get(identity), new.get(identity)
        if was == becomes:
            continue
        if was is None or becomes is None:
            verdicts = (read(each, now).verdict if each else None for each in (was, becomes))
            found.append(Difference(*identity, "clock", *verdicts))
            continue
        told, asked = facts(was, now), facts(becomes, now)
        found += [
            Difference(*identity, name, told[name], asked[name])
            for name in ASKED
            if told[name] != asked[name]
        ]
    return tuple(found)


def facts(clock: Clock, now: datetime) -> dict[str, Value]:
    """What is compared: only what can be seen from outside, so that a new name is no difference."""
    shown = read(clock, now)
    times = {
        name: getattr(clock, name) for name in ("started_at", "due_at", "ended_at", "first_completed_at")
    }
    fires = [(mark.percent, mark.fires_at) for mark in clock.thresholds]
    told: dict[str, Value] = {name: rfc3339(at) if at else None for name, at in times.items()}
    told |= {
        "policy_version": clock.policy.version,
        "calendar": clock.calendar.key,
        "calendar_version": clock.calendar.version,
        "target_s": clock.target.seconds,
        "state": clock.state,
        "verdict": shown.verdict,
        "business_s": shown.business / SECOND,
        "elapsed_s": shown.elapsed / SECOND,
        "paused_s": shown.paused / SECOND,
        "reached": ", ".join(f"{percent} %" for percent in shown.reached),
        "fires": ", ".join(f"{percent} % {rfc3339(at)}" for percent, at in fires if at is not None),
    }
    return told


def worded(field: str, value: Value) -> str:
    """A value as a person reads it; only 24x7 time is told in days."""
    if value in (None, ""):
        return "none"
    if field.endswith("_s") and isinstance(value, int | float):
        return duration(round(value * SECOND), days=field in ("elapsed_s", "paused_s"))
    return str(value)
