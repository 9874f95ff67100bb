"""Facts about the service portfolio, said by the catalog service."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE


class ServiceProposed(Event):
    """A service entered the portfolio's pipeline."""

    type: ClassVar[str] = "itsm.service.proposed.v1"

    key: str
    """The name by which incidents and changes refer to the service; unique per tenant."""
    name: str
    description: Annotated[str | None, PRIVATE] = None
    status: Literal["proposed"]
    owner: Annotated[str | None, PERSON] = None
    business_unit: str | None = None
    proposed_at: AwareDatetime
