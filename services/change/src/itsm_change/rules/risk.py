"""The risk of a change: a score from 0 to 100, and every factor that it is made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from itsm_sla.business_time import openings

from itsm_change.rules.interval import Interval
from itsm_change.rules.risk_model import Band, FactorName, RiskModel

CRITICALITY: Final = {"low": 0.1, "medium": 0.4, "high": 0.7, "critical": 1.0}


class History(NamedTuple):
    """What became of the changes closed in the last 90 days."""

    closed: int = 0
    failed: int = 0


NO_HISTORY: Final = History()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What is known about a change when its risk is counted."""

    criticality: str | None = None
    """The highest of its services."""
    dependents: int = 0
    period: Interval | None = None
    has_windows: bool = False
    outside_window: bool = False
    backout_planned: bool = False
    backout_tested: bool = False
    team: str | None = None
    team_history: History = NO_HISTORY
    template: str | None = None
    template_history: History = NO_HISTORY
    conflicts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """`value` is from 0 to 1; `points` is what it adds to the score."""

    name: FactorName
    value: float
    weight: float
    points: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """The points of all factors, rounded; the model's band for them."""

    score: int
    band: Band
    model: str
    model_version: int
    factors: tuple[Factor, ...]


def assessed(inputs: Inputs, model: RiskModel) -> Risk:
    """The risk by a model. A factor that does not apply has no share in the weights."""
    values = list(factors(inputs, model))
    whole = sum(model.weights[name] for name, _, _ in values) or 1
    found = tuple(
        Factor(
            name=name,
            value=round(value, 4),
            weight=model.weights[name],
            points=round(100 * model.weights[name] * value / whole, 2),
            why=why,
        )
        for name, value, why in values
    )
    score = min(100, round(sum(each.points for each in found)))
    return Risk(
        score=score, band=model.band(score), model=model.key, model_version=model.version, factors=found
    )


def factors(inputs: Inputs, model: RiskModel) -> Iterator[tuple[FactorName, float, str]]:
    """Each factor that applies: its value, and a sentence why."""
    known = inputs.criticality is not None
    yield (
        "criticality",
        CRITICALITY[inputs.criticality or "medium"],
        f"The most critical service is {inputs.criticality}."
        if known
        else "No criticality of a service is known; medium is assumed.",
    )
    many = min(1.0, inputs.dependents / model.dependents_cap)
    yield "dependents", many, f"{inputs.dependents} depend on it; {model.dependents_cap} count as all."
    yield "timing", *timing(inputs, model)
    yield "backout", *backout(inputs)
    if inputs.team is not None:
        yield "team_failures", *failures(inputs.team_history, model, f"The group {inputs.team}")
    if inputs.template is not None:
        yield "template_failures", *failures(inputs.template_history, model, f"Template {inputs.template}")
    share = min(1.0, inputs.conflicts / model.conflicts_cap)
    yield "conflicts", share, f"{inputs.conflicts or 'No'} conflict{'s' * (inputs.conflicts != 1)} found."


def timing(inputs: Inputs, model: RiskModel) -> tuple[float, str]:
    """Where there are maintenance windows they decide, else business hours do."""
    if inputs.period is None:
        return 1.0, "No time is planned."
    if inputs.has_windows:
        if inputs.outside_window:
            return 1.0, "Some of it lies outside the maintenance windows of what it touches."
        return 0.0, "All of it lies inside the maintenance windows of what it touches."
    if next(openings(model.calendar, *inputs.period), None) is not None:
        return 1.0, "Some of it lies inside business hours."
    return 0.0, "All of it lies outside business hours."


def backout(inputs: Inputs) -> tuple[float, str]:
    """The way back."""
    if not inputs.backout_planned:
        return 1.0, "There is no back-out plan."
    if not inputs.backout_tested:
        return 0.5, "The back-out plan is not tested."
    return 0.0, "The back-out plan is tested."


def failures(history: History, model: RiskModel, who: str) -> tuple[float, str]:
    """The failure rate, smoothed so that one failure of one change is no certainty."""
    rate = (history.failed + 1) / (history.closed + model.prior)
    told = f"{history.failed} of {history.closed} failed in 90 days"
    return min(1.0, rate / model.failure_cap), f"{who}: {told}, taken as {rate:.1%}."
