"""How the risk of a change is counted: weights, caps and bands, as data in versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

from itsm_chassis.errors import FieldError, Invalid
from itsm_sla.calendar import Calendar
from itsm_sla.calendar_form import calendar_from
from itsm_sla.form import Malformed

FactorName = Literal[
    "criticality", "dependents", "timing", "backout", "team_failures", "template_failures", "conflicts"
]
Band = Literal["low", "moderate", "high", "very_high"]

WEIGHTS: Final[dict[FactorName, float]] = {
    "criticality": 25,
    "dependents": 15,
    "timing": 15,
    "backout": 15,
    "team_failures": 10,
    "template_failures": 10,
    "conflicts": 10,
}
BANDS: Final[dict[Band, int]] = {"low": 0, "moderate": 25, "high": 50, "very_high": 75}
"""The least score of each."""

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WORKDAYS: Final[tuple[Weekday, ...]] = ("monday", "tuesday", "wednesday", "thursday", "friday")
WEEK: Final[dict[Weekday, list[dict[str, str]]]] = {
    day: [{"opens": "08:00", "closes": "18:00"}] for day in WORKDAYS
}
STAMP: Final = {"key": "business-hours", "version": 1, "name": "Business hours"}
SINCE: Final = {"valid_from": "2000-01-01T00:00:00Z", "issued_at": "2000-01-01T00:00:00Z"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskModel:
    """One version. Version 0 of `default` is what counts until another is issued.

    - dependents_cap: so many dependents count as all of the factor; conflicts_cap likewise
    - failure_cap: the failure rate that counts as all of its factor
    - prior: a team without history is taken to have failed once in so many changes
    - business_hours: {"zone", "weekly"}, as a calendar of the catalog has them
    """

    key: str = "default"
    version: int = 0
    weights: Mapping[FactorName, float] = field(default_factory=lambda: dict(WEIGHTS))
    dependents_cap: int = 20
    conflicts_cap: int = 3
    failure_cap: float = 0.3
    prior: int = 10
    business_hours: Mapping[str, Any] = field(default_factory=lambda: {"zone": "UTC", "weekly": WEEK})
    bands: Mapping[Band, int] = field(default_factory=lambda: dict(BANDS))

    @classmethod
    def of(cls, form: Mapping[str, Any]) -> Self:
        """From what a record shows of it."""
        return cls(**{name: form[name] for name in cls.__slots__})

    @property
    def calendar(self) -> Calendar:
        """The business hours; Malformed where they are none."""
        return calendar_from({**STAMP, **SINCE, **self.business_hours})

    def band(self, score: int) -> Band:
        """The highest band whose least score is reached."""
        return max((least, name) for name, least in self.bands.items() if score >= least)[1]


def check(model: RiskModel) -> None:
    """Invalid with every reason why nothing could be counted by it."""
    found = []
    if not any(model.weights.values()):
        found.append(FieldError("/weights", "invalid", "At least one factor needs a weight above 0."))
    least = [model.bands[name] for name in BANDS]
    if least[0] != 0 or sorted(set(least)) != least:
        sentence = "The least scores rise from low to very_high, and low begins at 0."
        found.append(FieldError("/bands", "invalid", sentence))
    try:
        _ = model.calendar
    except Malformed as malformed:
        found += [
            FieldError(f"/business_hours{pointer}", code, message)
            for pointer, code, message in malformed.findings
        ]
    if found:
        raise Invalid("invalid_model", "The risk model is wrong; errors says where.", tuple(found))
