"""A finding: seen by scans, proposed as an improvement or dismissed with a reason."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID, uuid5

from itsm_chassis.errors import Refused

from itsm_metrics.rules.watch_policy import WatchPolicy
from itsm_metrics.rules.watching import Evidence, Kind, Sighting, words

Status = Literal["open", "proposed", "dismissed"]
What = Literal["raised", "seen", "cleared", "proposed", "dismissed"]
FINDINGS: Final = UUID("2d1f3f0e-6a0c-5f4e-9a0e-3f6f6f1f7c11")
TITLES: Final[dict[Kind, str]] = {
    "watermelon_csat": "{}: agreements are met, but people are not content",
    "watermelon_reopen_rate": "{}: agreements are met, but incidents come back",
    "watermelon_recurrence": "{}: agreements are met, but the same happens again",
    "ageing_backlog": "{}: the backlog grows old",
    "bouncing_work": "{}: work goes to and fro",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A finding, field by field as it is shown."""

    id: UUID
    version: int = 1
    kind: Kind
    service: str | None = None
    assignment_group: str | None = None
    status: Status = "open"
    present: bool = True
    sightings: int = 1
    gap: float
    evidence: tuple[Evidence, ...]
    first_seen_at: datetime
    last_seen_at: datetime
    improvement: UUID | None = None
    dismissed_by: str | None = None
    dismissed_at: datetime | None = None
    dismissed_gap: float | None = None
    quiet_until: datetime | None = None
    reason: str | None = None

    @property
    def key(self) -> str:
        """The service or group that it is about."""
        return self.service or self.assignment_group or ""

    @property
    def title(self) -> str:
        """What it says, in a line."""
        return TITLES[self.kind].format(self.key)

    @property
    def description(self) -> str:
        """What it says, with its figures."""
        return f"{words(self.evidence)}\nSeen {self.sightings} times since {self.first_seen_at:%Y-%m-%d}."


def identity(tenant: str, kind: Kind, key: str) -> UUID:
    """The same thing is the same finding, whoever sees it and however often."""
    return uuid5(FINDINGS, f"{tenant}\n{kind}\n{key}")


def followed(
    tenant: str, policy: WatchPolicy, known: Iterable[Finding], seen: Iterable[Sighting], now: datetime
) -> list[tuple[What, Finding]]:
    """What a scan changes: findings in their new state, and what happened to each."""
    left = {finding.id: finding for finding in known}
    changes: list[tuple[What, Finding]] = []
    for sight in seen:
        finding = left.pop(identity(tenant, sight.kind, sight.key), None)
        if finding is None:
            changes.append(("raised", begun(tenant, sight, now)))
        elif (again := sighted(policy, finding, sight, now)) is not None:
            changes.append(again)
    gone = [finding for finding in left.values() if finding.present]
    return [*changes, *(("cleared", replace(each, present=False, version=each.version + 1)) for each in gone)]


def begun(tenant: str, sight: Sighting, now: datetime) -> Finding:
    """A new finding."""
    named: dict[str, Any] = {sight.dimension: sight.key}
    return Finding(
        id=identity(tenant, sight.kind, sight.key),
        kind=sight.kind,
        gap=sight.gap,
        evidence=sight.evidence,
        first_seen_at=now,
        last_seen_at=now,
        **named,
    )


def sighted(
    policy: WatchPolicy, finding: Finding, sight: Sighting, now: datetime
) -> tuple[What, Finding] | None:
    """A finding that is seen again; None where it was dismissed, is quiet, and is not clearly worse."""
    after = replace(
        finding,
        present=True,
        sightings=finding.sightings + 1,
        gap=sight.gap,
        evidence=sight.evidence,
        last_seen_at=now,
        version=finding.version + 1,
    )
    if finding.status != "dismissed":
        return "seen", after
    quiet = finding.quiet_until is not None and now < finding.quiet_until
    if quiet and sight.gap < policy.worse_factor * (finding.dismissed_gap or 0.0):
        return None
    return "raised", replace(after, status="open")


def dismissed(
    policy: WatchPolicy, finding: Finding, reason: str, quiet_days: int | None, by: str, now: datetime
) -> Finding:
    """Nothing is to be done about it, for now; Refused where that was said already."""
    if finding.status != "open":
        raise Refused("not_open", f"The finding is {finding.status}: only an open one can be dismissed.")
    quiet = timedelta(days=policy.quiet_days if quiet_days is None else quiet_days)
    return replace(
        finding,
        status="dismissed",
        reason=reason,
        dismissed_by=by,
        dismissed_at=now,
        dismissed_gap=finding.gap,
        quiet_until=now + quiet,
        version=finding.version + 1,
    )


def proposed(finding: Finding, improvement: UUID) -> Finding:
    """It is in the register now."""
    return replace(finding, status="proposed", improvement=improvement, version=finding.version + 1)
