"""How the risk of changes is counted, in versions. Said by the change service."""

from typing import Any, ClassVar

from itsm_events.event import Event


class RiskModelIssued(Event):
    """A version was issued; risks are counted by it from now on."""

    type: ClassVar[str] = "itsm.risk_model.issued.v1"

    key: str
    name: str
    version: int
    weights: dict[str, float]
    dependents_cap: int
    conflicts_cap: int
    failure_cap: float
    prior: int
    business_hours: dict[str, Any]
    """`zone` and `weekly`, as a calendar has them."""
    bands: dict[str, int]
    """The least score of each."""
