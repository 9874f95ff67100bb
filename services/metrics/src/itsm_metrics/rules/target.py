"""Critical success factors, and targets: what a figure should be, and whether it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from itsm_chassis.errors import Refused

from itsm_metrics.rules.bands import Band, band
from itsm_metrics.rules.effect import Direction
from itsm_metrics.rules.target_period import Period

Status = Literal["active", "retired"]
What = Literal["defined", "updated", "retired", "breached", "recovered"]
JUDGED_BY: Final = ("kpi", "filters", "period", "days", "zone", "green", "amber")
"""What a change of makes another measure of it: it is judged anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessFactor:
    """Something that must go right, field by field as it is shown."""

    id: UUID
    key: str
    version: int = 1
    name: str
    description: str | None = None
    owner: str
    status: Status = "active"


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure of [since, until), and the address of its records."""

    value: float | None
    n: int
    since: datetime
    until: datetime
    records: str


@dataclass(frozen=True, slots=True)
class Evaluation(Reading):
    """The same with its band, and since when it is in that."""

    band: Band
    band_since: datetime
    evaluated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target, field by field as it is shown."""

    id: UUID
    key: str
    version: int = 1
    name: str
    success_factor: str
    kpi: str
    filters: Mapping[str, str] = field(default_factory=dict)
    period: Period
    days: int | None = None
    zone: str = "UTC"
    green: float
    amber: float
    owner: str
    status: Status = "active"
    breached_at: datetime | None = None
    evaluation: Evaluation | None = None

    @property
    def band(self) -> Band:
        """In which it was last."""
        return self.evaluation.band if self.evaluation else "unknown"

    @property
    def service(self) -> str | None:
        """On whose scorecard it is."""
        return self.filters.get("service")

    @property
    def business_unit(self) -> str | None:
        """On whose scorecard it is, too."""
        return self.filters.get("business_unit")


def belongs(target: Target, service: str | None, business_unit: str | None) -> bool:
    """Whether it is on this scorecard: of a service, of a business unit, or of the whole."""
    if service is None and business_unit is None:
        return target.service is None and target.business_unit is None
    return target.service == service if service is not None else target.business_unit == business_unit


def evaluated(
    target: Target, direction: Direction | None, read: Reading | None, now: datetime
) -> tuple[What | None, Target]:
    """The target with what was read of its figure, and what happened to it.

    It is breached when it turns red, and has recovered when it is green again: neither amber nor a period
    without a value end a breach. Nothing is read of a figure that there is no more.
    """
    if read is None or direction is None:
        return None, target
    found = band(direction, target.green, target.amber, read.value)
    before = target.evaluation
    since = before.band_since if before and before.band == found else now
    seen = Evaluation(read.value, read.n, read.since, read.until, read.records, found, since, now)
    after = replace(target, evaluation=seen)
    if found == "red" and target.breached_at is None:
        return "breached", replace(after, breached_at=now, version=target.version + 1)
    if found == "green" and target.breached_at is not None:
        return "recovered", replace(after, breached_at=None, version=target.version + 1)
    return None, after


def edited(target: Target, given: Mapping[str, Any]) -> Target | None:
    """The target with these fields; None where nothing changes, Refused where it is retired."""
    after = replace(target, **given)
    if after == target:
        return None
    still_active(target)
    if any(getattr(after, name) != getattr(target, name) for name in JUDGED_BY):
        after = replace(after, breached_at=None, evaluation=None)
    return replace(after, version=target.version + 1)


def redefined(factor: SuccessFactor, given: Mapping[str, Any]) -> SuccessFactor | None:
    """The success factor with these fields; None where nothing changes, Refused where it is retired."""
    after = replace(factor, **given)
    if after == factor:
        return None
    still_active(factor)
    return replace(after, version=factor.version + 1)


def still_active(record: SuccessFactor | Target) -> None:
    """Refused where it is retired."""
    if record.status == "retired":
        raise Refused("record_ended", f"{record.key} is retired: define another one.")
