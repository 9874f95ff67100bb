"""What is looked for among the figures: thresholds as data, in editions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPolicy:
    """One edition; 0 is what counts until another is issued.

    - period_days: of how many days the figures are; least_n: of how many records at least
    - sla_green: the share of agreements met from which a service looks green
    - *_red: beyond which a figure is red; of backlog_age its p90
    - quiet_days: how long a dismissed finding is quiet, unless its gap has grown worse_factor times
    - scan_every_s: how often the figures are scanned; 0 never
    """

    edition: int = 0
    period_days: int = 30
    least_n: int = 20
    sla_green: float = 0.95
    csat_red: float = 0.75
    reopen_red: float = 0.1
    recurrence_red: float = 0.3
    backlog_age_red_s: int = 30 * DAY_S
    ping_pong_red: float = 0.5
    quiet_days: int = 30
    worse_factor: float = 2.0
    scan_every_s: int = DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued(WatchPolicy):
    """An edition as a record: it never changes."""

    id: UUID
    version: int = 1
    issued_by: str
    issued_at: datetime
