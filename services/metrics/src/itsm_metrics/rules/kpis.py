"""The catalogue of figures: each is one declaration, and `KPIS` lists them all."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["duration", "rate", "mean", "count", "sum", "gauge", "age"]
"""How n and value come from the facts.

- duration: n facts, value their mean
- rate: n facts that are 0 or 1, value the share of 1
- mean: n facts, value their mean
- count: n facts, at most one per record, and value = n
- sum: n distinct records, value the sum of their facts
- gauge: n records in a state at `to`, and value = n
- age: n records in a state at `to`, value the mean of how long they have been open

A figure in seconds has quantiles over its facts too.
"""
DIMENSIONS = ("priority", "service", "assignment_group", "month")
"""What every figure can be grouped and filtered by."""
CLOCK = ("kind", "measure", "policy", "priority_at_opening")
"""What tells SLA clocks apart: the words of their facts' detail, in this order."""
AGES = {"0-1": 0, "2-5": 2, "6-30": 6, "31-90": 31, ">90": 91}
"""The buckets of the backlog's age, and the whole day at which each begins."""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure. `measure` names its facts; `excluded` those that count what it leaves out."""

    slug: str
    name: str
    unit: Literal["s", "ratio", "count"]
    kind: Kind
    measure: str
    formula: str
    formula_version: int = 1
    excluded: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    """Dimensions that only this figure has."""
    resource: str = "incident"
    """Whose events it is made of."""

    @property
    def at_moment(self) -> bool:
        """Whether the figure is a state at `to`, and not something complete within the period."""
        return self.kind in ("gauge", "age")

    @property
    def in_seconds(self) -> bool:
        """Whether its facts are durations: kept in microseconds, said in seconds, with quantiles."""
        return self.unit == "s"

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What it can be grouped and filtered by."""
        return DIMENSIONS + self.extra


KPIS: dict[str, Kpi] = {
    kpi.slug: kpi
    for kpi in (
        Kpi(
            "mtta",
            "Mean time to acknowledge",
            "s",
            "duration",
            "acknowledged",
            "acknowledged_at - opened_at, over incidents acknowledged in the period; "
            "never_acknowledged counts those opened in the period and not acknowledged so far",
            excluded=("never_acknowledged",),
        ),
        Kpi(
            "mttr",
            "Mean time to restore service (first resolution)",
            "s",
            "duration",
            "first_resolved",
            "first resolution - opened_at, over incidents first resolved in the period; closing an "
            "incident that was not resolved resolves it; never_resolved counts those opened in the "
            "period and not resolved so far",
            excluded=("never_resolved",),
        ),
        Kpi(
            "mtrs",
            "Mean time to restore service (final resolution)",
            "s",
            "duration",
            "last_resolved",
            "last resolution - opened_at, over incidents last resolved in the period; never_resolved "
            "counts those opened in the period and not resolved so far",
            excluded=("never_resolved",),
        ),
        Kpi(
            "reopen_rate",
            "Reopen rate",
            "ratio",
            "rate",
            "reopened",
            "incidents first resolved in the period that were ever reopened / incidents first resolved "
            "in the period",
        ),
        Kpi(
            "reopenings",
            "Reopenings",
            "count",
            "sum",
            "reopening",
            "returns from resolved, closed or cancelled to an open state in the period; n is the number "
            "of incidents they happened to",
        ),
        Kpi("opened", "Incidents opened", "count", "count", "opened", "incidents opened in the period"),
        Kpi(
            "resolved",
            "Incidents resolved",
            "count",
            "count",
            "first_resolved",
            "incidents first resolved in the period",
        ),
        Kpi(
            "backlog",
            "Backlog",
            "count",
            "gauge",
            "open",
            "incidents that are new, in_progress or on_hold at `to`, where they stand at `to`; month is "
            "that of opening, age the bucket of whole elapsed days since opening",
            extra=("age",),
        ),
        Kpi(
            "backlog_age",
            "Age of the backlog",
            "s",
            "age",
            "open",
            "`to` - opened_at in whole elapsed days (a day is 86,400 s; said in seconds), over incidents "
            "that are new, in_progress or on_hold at `to`; month is that of opening, age the bucket of "
            "whole days",
            extra=("age",),
        ),
        Kpi(
            "reassignment",
            "Reassignments per incident",
            "count",
            "mean",
            "reassigned",
            "changes of assignment group over the incident's whole life, over incidents first resolved "
            "in the period; the first group is no change",
        ),
        Kpi(
            "first_contact_resolution",
            "First-contact resolution",
            "ratio",
            "rate",
            "first_contact",
            "incidents first resolved in the period that never changed their group and were never "
            "reopened / incidents first resolved in the period",
        ),
        Kpi(
            "time_on_hold",
            "Time on hold",
            "s",
            "sum",
            "hold_ended",
            "sum of the holds that ended in the period; a change of reason does not end a hold; n is "
            "the number of incidents held",
        ),
        Kpi(
            "sla_compliance",
            "SLA compliance",
            "ratio",
            "rate",
            "clock_completed",
            "clocks met / (met + breached), over SLA, OLA and underpinning clocks completed in the period; a "
            "reopening takes a completion back until the next; n is the number of clocks; dimensions, "
            "priority too, have their value at completion; cancelled and cancelled_after_breach are dated "
            "at their end, open_and_breached at their deadline",
            excluded=("cancelled", "cancelled_after_breach", "open_and_breached"),
            extra=CLOCK,
            resource="sla_clock",
        ),
        Kpi(
            "mtta_business",
            "Mean business time to respond",
            "s",
            "duration",
            "responded_business",
            "open time of the policy's calendar, without pauses, until the response, over SLA respond "
            "clocks completed in the period; where several policies match an incident each of its clocks "
            "counts",
            extra=CLOCK,
            resource="sla_clock",
        ),
        Kpi(
            "mttr_business",
            "Mean business time to restore service (first resolution)",
            "s",
            "duration",
            "first_resolved_business",
            "open time of the policy's calendar, without pauses, until the first resolution, over SLA "
            "resolve clocks first completed in the period; where several policies match an incident each "
            "of its clocks counts",
            extra=CLOCK,
            resource="sla_clock",
        ),
        Kpi(
            "mtrs_business",
            "Mean business time to restore service (final resolution)",
            "s",
            "duration",
            "last_resolved_business",
            "open time of the policy's calendar, without pauses, until the last resolution, over SLA "
            "resolve clocks last completed in the period; where several policies match an incident each "
            "of its clocks counts",
            extra=CLOCK,
            resource="sla_clock",
        ),
        Kpi(
            "data_quality",
            "Data quality findings",
            "count",
            "sum",
            "finding",
            "oddities in the events dated in the period: deviations that an import states, "
            "sequence_gap, sequence_conflict, time_before_predecessor, negative_interval; nothing is "
            "left out of other figures for them; n is the number of incidents concerned",
            extra=("code",),
        ),
    )
}
