"""What is asked about a figure, and what is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from itsm_chassis.clock import text

from itsm_metrics.rules.kpis.kpi import AGES, Kpi
from itsm_metrics.rules.service_figures import Target

Basis = Literal["production_deployments", "implemented_changes", "mixed"]
"""What one of DORA's figures counts: deployments, changes, or each where a service has it."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which figure, of [since, until), grouped how, of what; a filter of None asks for the absent."""

    kpi: Kpi
    since: datetime
    until: datetime
    group: str | None
    filters: Mapping[str, str | None]
    now: datetime
    zone: str = "UTC"
    """Whose months."""
    as_of: datetime | None = None
    """As it was believed then; None: as it is known."""

    def address(self, place: Literal["records", "revisions"], **group: str | None) -> str:
        """Where this question, or that of one of its groups, is asked for the records or revisions behind."""
        times = {"from": self.since, "to": self.until, "as_of": self.as_of}
        query = {name: text(at) for name, at in times.items() if at is not None}
        if self.zone != "UTC":
            query["zone"] = self.zone
        query |= {name: value or "" for name, value in {**self.filters, **group}.items()}
        return f"/v1/kpis/{self.kpi.slug}/{place}?{urlencode(query)}"


class Share(NamedTuple):
    """A share, and of how many."""

    n: int
    value: float | None


class Result(NamedTuple):
    """One figure, of everything or of the group `key`, with what stands beside it."""

    key: str | None
    n: int
    value: float | int | None
    quantiles: dict[str, float] | None = None
    on_time: Share | None = None
    target: Target | None = None
    parts: Mapping[str, float | int | None] | None = None
    currency: str | None = None
    interval: tuple[float, float] | None = None
    basis: Basis | None = None
    error: float = 0.0
    """How far each of the quantiles may be from the exact one, as a share of it."""


class Fact(NamedTuple):
    """One of the facts behind a figure: of which record, when, and what it adds in the figure's unit."""

    resource: str | None
    record: UUID
    at: datetime
    ordinal: int
    value: float | int | None

    @property
    def place(self) -> tuple[datetime, UUID, int]:
        """Where it stands among the others."""
        return self.at, self.record, self.ordinal


@dataclass(frozen=True, slots=True)
class Figures:
    """The answer; `fresh_as_of` is when the newest event behind it was recorded by its service."""

    whole: Result
    groups: Sequence[Result]
    excluded: Mapping[str, int]
    fresh_as_of: datetime | None


def order(key: str | None) -> tuple[bool, int, str]:
    """By key, ages by length, the absent last."""
    return key is None, AGES.get(key or "", 0), key or ""
