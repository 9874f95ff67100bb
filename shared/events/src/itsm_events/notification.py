"""Requests to tell somebody something, said by any service; the incident service delivers them."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from itsm_events.event import Event
from itsm_events.privacy import PERSON


class NotificationRequested(Event):
    """Somebody is to be told something about a record. Each request is a subject of its own.

    - record, record_type, number: what it is about: the record's id, its resource, and what people call it
    - people, groups: to whom; people are opaque ids, groups keys, resolved by whoever delivers
    - reason: why, as a word for programs and templates, such as `sla_threshold_reached`
    - template: the key of a text that the desk keeps; words: a text as it is, beside it or instead
    - context: facts that a template may fill in; never a person's key, nor prose that stays in a service
    """

    type: ClassVar[str] = "itsm.notification.requested.v1"

    record: str
    record_type: str
    number: str | None = None
    people: Annotated[list[str], PERSON] = Field(default_factory=list)
    groups: list[str] = Field(default_factory=list)
    reason: str
    template: str | None = None
    words: str | None = None
    context: dict[str, Any] = Field(default_factory=dict)
