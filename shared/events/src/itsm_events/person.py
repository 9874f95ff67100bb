"""People, said by the catalog service. The subject is the opaque id by which all other events name them."""

from typing import Annotated, ClassVar

from pydantic import AwareDatetime

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE


class PersonEvent(Event):
    """What others need to know of a person; name and address stay in the catalog.

    The delegate votes in the person's place within [delegate_from, delegate_until); an absent bound is open.
    """

    person: Annotated[str, PERSON]
    """The opaque id; the subject too."""
    name: Annotated[str | None, PRIVATE] = None
    email: Annotated[str | None, PRIVATE] = None
    business_unit: str | None = None
    manager: Annotated[str | None, PERSON] = None
    location: str | None = None
    active: bool
    delegate: Annotated[str | None, PERSON] = None
    delegate_from: AwareDatetime | None = None
    delegate_until: AwareDatetime | None = None


class PersonRegistered(PersonEvent):
    """Somebody became known."""

    type: ClassVar[str] = "itsm.person.registered.v1"


class PersonUpdated(PersonEvent):
    """Something about somebody changed; who is active again after a deactivation is an update too."""

    type: ClassVar[str] = "itsm.person.updated.v1"


class PersonDeactivated(PersonEvent):
    """Somebody left: they vote and work no more."""

    type: ClassVar[str] = "itsm.person.deactivated.v1"
