"""Which approval policy decides about a change: the matching one of the lowest rank."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from itsm_chassis.errors import FieldError, Invalid, Refused

from itsm_change.rules.approval import PolicyStep
from itsm_change.rules.change import Change, ChangeType, Criticality, RiskBand
from itsm_change.rules.obstacles import Risen

ORDER: tuple[Criticality, ...] = ("low", "medium", "high", "critical")
BANDS: tuple[RiskBand, ...] = ("low", "moderate", "high", "very_high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of a policy; an empty tuple matches everything."""

    key: str
    version: int
    rank: int
    change_types: tuple[ChangeType, ...] = ()
    risk_bands: tuple[RiskBand, ...] = ()
    criticalities: tuple[Criticality, ...] = ()
    steps: tuple[PolicyStep, ...] = ()
    retired: bool = False

    @classmethod
    def of(cls, form: dict[str, Any]) -> Self:
        """From what a record shows of it."""
        known: dict[str, Any] = {name: form[name] for name in ("key", "version", "rank", "retired")}
        known |= {name: tuple(form[name]) for name in ("change_types", "risk_bands", "criticalities")}
        return cls(**known, steps=tuple(PolicyStep(**step) for step in form["steps"]))

    def matches(self, change_type: str, band: str | None, criticality: str | None) -> bool:
        """Whether it is for such a change; what is unknown matches no list."""
        pairs = ((self.change_types, change_type), (self.risk_bands, band), (self.criticalities, criticality))
        return not self.retired and all(not wanted or given in wanted for wanted, given in pairs)


def deciding(policies: Iterable[Policy], change: Change, criticality: Criticality | None) -> Policy | None:
    """The policy for a change, given the highest criticality among its services."""
    found = [each for each in policies if each.matches(change.change_type, change.risk_band, criticality)]
    return min(found, key=lambda each: (each.rank, each.key), default=None)


def chosen(policies: Iterable[Policy], change: Change, criticality: Criticality | None) -> Policy:
    """The same; Refused where none matches."""
    policy = deciding(policies, change, criticality)
    if policy is None:
        raise Refused(
            "no_policy",
            f"No approval policy matches a change that is {change.change_type}, of risk "
            f"{change.risk_band or 'unknown'} and criticality {criticality or 'unknown'}: nobody could be "
            "asked. Issue one at /v1/approval-policies; without conditions it is for what no other matches.",
        )
    return policy


def risen(
    policies: Sequence[Policy], change: Change, criticality: Criticality | None, approved: RiskBand | None
) -> Risen | None:
    """Where the band is higher than that which was approved, and another policy decides for it."""
    band = change.risk_band
    if band is None or approved is None or BANDS.index(band) <= BANDS.index(approved):
        return None
    then = deciding(policies, replace(change, risk_band=approved), criticality)
    now = deciding(policies, change, criticality)
    return None if now == then else Risen(approved, band, now.key if now else None)


def highest(known: Iterable[Criticality | None], change: Change) -> Criticality | None:
    """The highest criticality of the services; what the requester stated counts where it is higher."""
    stated = change.risk_inputs.criticality if change.risk_inputs else None
    found = [each for each in (*known, stated) if each is not None]
    return max(found, key=ORDER.index, default=None)


def check(steps: Sequence[PolicyStep]) -> None:
    """Invalid with every step whose rule and percentage do not fit each other."""
    found = []
    for index, step in enumerate(steps):
        if (step.rule == "percentage") != (step.percentage is not None):
            sentence = "percentage belongs to the rule percentage, and only there."
            found.append(FieldError(f"/steps/{index}/percentage", "invalid", sentence))
    if found:
        raise Invalid("invalid_policy", "The policy's steps are wrong; errors says where.", tuple(found))
