"""Watermelons, green outside and red inside, and other figures that somebody should look at: pure rules.

A share is red only where its interval of 95 % lies beyond the threshold, so that three bad records make no
finding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Final, Literal, NamedTuple, get_args

from itsm_metrics.rules.watch_policy import WatchPolicy

Kind = Literal[
    "watermelon_csat",
    "watermelon_reopen_rate",
    "watermelon_recurrence",
    "ageing_backlog",
    "bouncing_work",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
Statistic = Literal["value", "p90"]
GREEN: Final = "sla_compliance"
SURE: Final = 1.96


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to look for: a figure of a service or group that is red, perhaps where agreements are met."""

    kind: Kind
    kpi: str
    threshold: str
    """The field of the policy."""
    dimension: Literal["service", "assignment_group"] = "service"
    good: Literal["up", "down"] = "down"
    statistic: Statistic = "value"
    share: bool = False
    behind_green: bool = False


RULES: Final = (
    Rule("watermelon_csat", "csat", "csat_red", good="up", share=True, behind_green=True),
    Rule("watermelon_reopen_rate", "reopen_rate", "reopen_red", share=True, behind_green=True),
    Rule("watermelon_recurrence", "recurrence", "recurrence_red", share=True, behind_green=True),
    Rule("ageing_backlog", "backlog_age", "backlog_age_red_s", statistic="p90"),
    Rule("bouncing_work", "ping_pong", "ping_pong_red", "assignment_group"),
)
WANTED: Final[Mapping[str, str]] = {GREEN: "service"} | {rule.kpi: rule.dimension for rule in RULES}
"""The figures to read, and the dimension that each is grouped by."""


class Reading(NamedTuple):
    """A figure of one service or group, of [since, until), and the address of its records."""

    n: int
    value: float
    p90: float | None
    since: datetime
    until: datetime
    records: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A figure against its threshold."""

    kpi: str
    statistic: Statistic
    value: float
    n: int
    threshold: float
    since: datetime
    until: datetime
    records: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something that was seen, of which service or group, and how far it lies beyond the threshold."""

    kind: Kind
    dimension: Literal["service", "assignment_group"]
    key: str
    gap: float
    evidence: tuple[Evidence, ...]


Readings = Mapping[str, Mapping[str, Reading]]
"""By figure and by the service or group; a figure that is not there is left out."""


def sightings(policy: WatchPolicy, readings: Readings) -> list[Sighting]:
    """Everything that the rules see, in their order and by name."""
    return [
        seen
        for rule in RULES
        for key, reading in sorted(readings.get(rule.kpi, {}).items())
        if (seen := sighting(policy, rule, key, reading, readings.get(GREEN, {}).get(key))) is not None
    ]


def sighting(
    policy: WatchPolicy, rule: Rule, key: str, reading: Reading, agreed: Reading | None
) -> Sighting | None:
    """What one rule sees of one service or group; None where nothing is red, or too little is known."""
    threshold = float(getattr(policy, rule.threshold))
    value = reading.value if rule.statistic == "value" else reading.p90
    if value is None or reading.n < policy.least_n or not red(rule, value, reading.n, threshold):
        return None
    found = [evidence(rule.kpi, rule.statistic, value, reading, threshold)]
    if rule.behind_green:
        if agreed is None or agreed.n < policy.least_n or agreed.value < policy.sla_green:
            return None
        found.insert(0, evidence(GREEN, "value", agreed.value, agreed, policy.sla_green))
    return Sighting(rule.kind, rule.dimension, key, abs(value - threshold), tuple(found))


def red(rule: Rule, value: float, n: int, threshold: float) -> bool:
    """Whether it is surely beyond the threshold."""
    low, high = wilson(value, n) if rule.share else (value, value)
    return high < threshold if rule.good == "up" else low > threshold


def wilson(share: float, n: int) -> tuple[float, float]:
    """The interval of 95 % of a share of n records (Wilson 1927)."""
    middle = share + SURE**2 / (2 * n)
    half = SURE * sqrt(share * (1 - share) / n + SURE**2 / (4 * n * n))
    scale = 1 + SURE**2 / n
    return (middle - half) / scale, (middle + half) / scale


def evidence(kpi: str, statistic: Statistic, value: float, reading: Reading, threshold: float) -> Evidence:
    """A reading as it is kept."""
    return Evidence(
        kpi, statistic, value, reading.n, threshold, reading.since, reading.until, reading.records
    )


def words(sight: Sequence[Evidence]) -> str:
    """The evidence as sentences for people."""
    return "\n".join(
        f"{each.kpi}{'' if each.statistic == 'value' else f' ({each.statistic})'} is {each.value:.6g} of "
        f"n = {each.n}, against {each.threshold:.6g}: {each.records}"
        for each in sight
    )
