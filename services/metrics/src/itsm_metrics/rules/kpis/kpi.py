"""What a figure is: one declaration says all that there is to say about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from itsm_metrics.rules.effect import Direction

Kind = Literal[
    "duration",
    "rate",
    "mean",
    "count",
    "sum",
    "gauge",
    "age",
    "stale",
    "growth",
    "recurrence",
    "frequency",
    "lead",
    "failure",
    "recovery",
    "rework",
    "availability",
    "between_failures",
    "cost",
]
"""How n and value come from the facts.

- duration: n facts, value their mean
- rate: n facts that are 0 or 1, value the share of 1
- mean: n facts, value their mean
- count: n facts, at most one per record, and value = n
- sum: n distinct records, value the sum of their facts
- gauge: n records in a state at `to`, and value = n
- age: n records in a state at `to`, value the mean of how long they have been open
- stale: n records in a state at `to`, value the share that nothing has told of for `days`
- growth: n distinct records in a state at `to` or at `from` and not at both, value how many more at `to`
- recurrence: n records, value the share that another like it came less than `days` before
- frequency, lead, failure, recovery, rework: DORA's five, of n production deployments where a service has
  them, else of changes; value is n, a mean, a share (beside the interval with those that may have failed), a
  mean, a share
- availability, between_failures, cost: from the agreed time and the terms of services; the formula says how

A figure in seconds has quantiles over its facts too, unless it comes from agreed time.
"""
DIMENSIONS = ("priority", "service", "assignment_group", "month")
"""What a figure of incidents and their clocks can be grouped and filtered by."""
CLOCK = ("kind", "measure", "policy", "priority_at_opening")
"""What tells SLA clocks apart: the words of their facts' detail, in this order."""
REQUEST = ("service", "offering", "business_unit", "month")
"""What a figure of service requests can be grouped and filtered by."""
CHANGE = ("service", "assignment_group", "month")
"""What a figure of changes can be grouped and filtered by, with:"""
CHANGE_DETAIL = ("change_type", "template", "requester")
"""What tells changes apart: the words of their facts' detail, in this order."""
SERVICE = ("service", "business_unit", "month")
"""What a figure of services can be grouped and filtered by."""
AGES = {"0-1": 0, "2-5": 2, "6-30": 6, "31-90": 31, ">90": 91}
"""The buckets of the backlog's age, and the whole day at which each begins."""
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure. `measure` names its facts; `excluded` those that count what it leaves out."""

    slug: str
    name: str
    unit: Literal["s", "ratio", "count", "money"]
    kind: Kind
    measure: str
    formula: str
    formula_version: int = 1
    practice: str = field(kw_only=True)
    """The ITIL practice that it serves."""
    direction: Direction | None = field(kw_only=True)
    """Which way is good; None where neither is."""
    excluded: tuple[str, ...] = ()
    base: tuple[str, ...] = DIMENSIONS
    """The dimensions that it shares with others."""
    extra: tuple[str, ...] = ()
    """Dimensions that only this figure has."""
    days: int = 0
    """Of how many days it speaks."""
    kinds: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Where it has facts of several measures: the `kind` that each stands for."""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """All values of a dimension, where they are others than in other figures."""
    share: str | None = None
    """A dimension that is true, false or absent: the share of true among those not absent is said beside."""
    resources: tuple[str, ...] = ("incident",)
    """Whose events it is made of."""

    @property
    def at_moment(self) -> bool:
        """Whether the figure is a state at `to`, and not something complete within the period."""
        return self.kind in ("gauge", "age", "stale")

    @property
    def adds_up(self) -> bool:
        """Whether its value is the sum of its facts, and n the distinct records that they are of."""
        return self.kind in ("sum", "growth")

    @property
    def of_deployments(self) -> bool:
        """Whether it is one of DORA's five."""
        return self.kind in ("frequency", "lead", "failure", "recovery", "rework")

    @property
    def of_services(self) -> bool:
        """Whether it comes from services' terms, and not from facts alone."""
        return self.kind in ("availability", "between_failures", "cost")

    @property
    def is_of_each(self) -> bool:
        """Whether what a record adds to it depends on that record alone."""
        return not self.of_services and not self.of_deployments and self.kind != "recurrence"

    @property
    def in_seconds(self) -> bool:
        """Whether its facts are durations: kept in microseconds, said in seconds, with quantiles."""
        return self.unit == "s"

    @property
    def measures(self) -> tuple[str, ...]:
        """The names of its facts."""
        return tuple(self.kinds) or (self.measure,)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What it can be grouped and filtered by."""
        return self.base + self.extra

    def known(self, dimension: str) -> tuple[str, ...] | None:
        """All values of a dimension, where they are known."""
        if dimension == "kind" and self.kinds:
            return tuple(self.kinds.values())
        return self.values.get(dimension) or KNOWN.get(dimension)


KNOWN: dict[str, tuple[str, ...]] = {
    "priority": PRIORITIES,
    "priority_at_opening": PRIORITIES,
    "age": tuple(AGES),
    "kind": ("sla", "ola", "underpinning"),
    "measure": ("respond", "resolve", "fulfil"),
    "change_type": ("standard", "normal", "emergency"),
    "record_type": ("service_request", "change"),
    "on_time": ("true", "false"),
}
