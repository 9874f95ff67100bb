"""Changes suspected of having caused an incident, said by the change service, which owns the verdict.

Each pair of a change and an incident is a subject of its own, so that a verdict never makes an agent's edit
of either stale.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from itsm_events.event import Event
from itsm_events.privacy import PRIVATE

State = Literal["suspected", "confirmed", "rejected", "withdrawn"]


class Reason(BaseModel):
    """One part of the score: `points` of the at most `weight` that it can give."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    factor: Literal["distance", "elapsed", "risk"]
    value: float
    """Steps in the service map, seconds since the implementation, risk of 0 to 100."""
    weight: float
    points: float


class SuspectEvent(Event):
    """The state of a suspicion. The score lies between 0 and 1; a stated cause may have none."""

    change: str
    """The id of the change."""
    change_number: str
    change_title: str
    change_type: Literal["standard", "normal", "emergency"]
    implemented_at: AwareDatetime | None = None
    incident: str
    """The id of the incident."""
    incident_number: str
    opened_at: AwareDatetime
    service: str | None = None
    """Of the incident."""
    state: State
    score: float | None = None
    reasons: list[Reason] = Field(default_factory=list)
    via: str | None = None
    """The service or item through which they meet."""
    model: str
    """Which version of the attribution model scored it."""
    judged_by: str | None = None
    """An opaque id: who judged, or who named the change as the incident's cause."""
    judged_at: AwareDatetime | None = None
    note: Annotated[str | None, PRIVATE] = None


class SuspectRaised(SuspectEvent):
    """The change may have caused the incident; said again where the score changes."""

    type: ClassVar[str] = "itsm.suspect.raised.v1"


class SuspectConfirmed(SuspectEvent):
    """A person says that it did, or the incident names it as its cause."""

    type: ClassVar[str] = "itsm.suspect.confirmed.v1"


class SuspectRejected(SuspectEvent):
    """A person says that it did not."""

    type: ClassVar[str] = "itsm.suspect.rejected.v1"


class SuspectWithdrawn(SuspectEvent):
    """Nothing speaks for it any more: the incident or the change was corrected, and nobody had judged."""

    type: ClassVar[str] = "itsm.suspect.withdrawn.v1"
