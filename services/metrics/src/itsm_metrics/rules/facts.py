"""The kinds of facts that every figure is computed from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID


class Place(NamedTuple):
    """The dimensions of a fact: where it stood. `priority` is that at opening, but in SLA compliance."""

    priority: str | None = None
    service: str | None = None
    assignment_group: str | None = None
    offering: str | None = None
    business_unit: str | None = None


class Measurement(NamedTuple):
    """Something that was complete at a moment: a duration, a flag (0 or 1), a number, or just the fact.

    Durations are whole microseconds, so that sums are exact in any order. `ordinal` counts the
    measurements of one name within a record; `detail` says which, where a name has several kinds.
    """

    measure: str
    ordinal: int
    at: datetime
    value: int | None
    place: Place
    detail: str | None = None


class Span(NamedTuple):
    """A state that lasted: half open, `ended_at` None while it lasts."""

    kind: str
    ordinal: int
    started_at: datetime
    ended_at: datetime | None
    place: Place
    opened_at: datetime


class Term(NamedTuple):
    """What was agreed from a moment on, until the next of its subject: `form` is a JSON object."""

    kind: Literal["service", "calendar", "maintenance"]
    ordinal: int
    key: str
    since: datetime
    form: str


class Suspicion(NamedTuple):
    """A change may have caused an incident, or did."""

    change: UUID
    incident: UUID
    opened_at: datetime
    """When the incident was."""
    confirmed: bool


class Deployed(NamedTuple):
    """A production deployment that has ended, and what it says of itself."""

    at: datetime
    service: str
    unit: str
    """What counts once for its service: a release, a change, or the deployment alone."""
    change: UUID | None
    external_id: str
    mends: str | None
    """The external_id of the earlier one that it reverts or fixes."""
    committed_at: datetime | None
    failed: bool
    undone_at: datetime | None
    template: str | None


class Facts(NamedTuple):
    """Everything that is known of one record."""

    measurements: Sequence[Measurement] = ()
    spans: Sequence[Span] = ()
    terms: Sequence[Term] = ()
    suspicions: Sequence[Suspicion] = ()
    deployments: Sequence[Deployed] = ()
