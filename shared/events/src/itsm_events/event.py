"""The base of every event and the registry of all of them."""

from functools import cache
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from itsm_events.privacy import PERSON, PRIVATE, marked, opaque

EVENTS: dict[str, type["Event"]] = {}
"""Every event class by its `type`."""


class Event(BaseModel):
    """A fact that a service states: the full state of its subject after it.

    A subclass names its `type` (`itsm.<resource>.<past participle>.v<major>`). Fields unknown to a
    consumer's version are ignored, so a producer may add optional ones.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Register the class under its type; two classes of one type are a mistake."""
        super().__pydantic_init_subclass__(**kwargs)
        name = cls.__dict__.get("type")
        if name is None:
            return
        if name in EVENTS:
            raise TypeError(f"{name} is declared twice: {EVENTS[name].__qualname__}, {cls.__qualname__}")
        EVENTS[name] = cls

    def public(self, tenant: str) -> dict[str, Any]:
        """What goes on the bus: no private field, people as opaque ids."""
        data = self.model_dump(mode="json", exclude=self.private_fields())
        for name in self.person_fields():
            value = data.get(name)
            if isinstance(value, str):
                data[name] = opaque(tenant, value)
            elif isinstance(value, list):
                data[name] = [opaque(tenant, person) for person in value]
        return data

    def private(self) -> dict[str, Any] | None:
        """What stays in the service: private fields, and people by their own keys."""
        kept = self.private_fields() | self.person_fields()
        data = self.model_dump(mode="json", include=kept, exclude_none=True) if kept else {}
        return data or None

    @classmethod
    @cache
    def private_fields(cls) -> set[str]:
        """Names of the fields that stay in the service."""
        return {name for name, field in cls.model_fields.items() if marked(field.metadata, PRIVATE)}

    @classmethod
    @cache
    def person_fields(cls) -> set[str]:
        """Names of the fields that hold a person's key, or a list of them."""
        return {name for name, field in cls.model_fields.items() if marked(field.metadata, PERSON)}


def major_version(event_type: str) -> tuple[str, int]:
    """Split `itsm.incident.opened.v1` into its name and its major version."""
    name, _, major = event_type.rpartition(".v")
    return name, int(major)
