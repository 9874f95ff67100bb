"""The base of every event and the registry of all of them."""

from functools import cache
from typing import Any, ClassVar, Self, get_args

from pydantic import BaseModel, ConfigDict, PrivateAttr

from itsm_events.privacy import PERSON, PRIVATE, concealed, marked

EVENTS: dict[str, type["Event"]] = {}
"""Every event class by its `type`."""


class Event(BaseModel):
    """A fact that a service states: the full state of its subject after it.

    A subclass names its `type` (`itsm.<resource>.<past participle>.v<major>`). Fields unknown to a
    consumer's version are ignored, so a producer may add optional ones.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: ClassVar[str]

    _veiled: bool = PrivateAttr(default=False)

    def veiled(self) -> Self:
        """The same event where its people are opaque ids already, as they come from another service."""
        self._veiled = True
        return self

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
        if self._veiled:
            return data
        for name in self.person_fields():
            data[name] = concealed(tenant, data.get(name))
        for name, people in self.nested_people().items():
            for item in data[name]:
                item |= {each: concealed(tenant, item[each]) for each in people}
        return data

    def private(self) -> dict[str, Any] | None:
        """What stays in the service: private fields, and people by their own keys."""
        kept = self.private_fields() | self.person_fields() | self.nested_people().keys()
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
        """Names of the fields that hold a person's key."""
        return {name for name, field in cls.model_fields.items() if marked(field.metadata, PERSON)}

    @classmethod
    @cache
    def nested_people(cls) -> dict[str, set[str]]:
        """Fields that list objects in which people are named, and the names of those people's fields."""
        found = {}
        for name, field in cls.model_fields.items():
            for item in get_args(field.annotation):
                if isinstance(item, type) and issubclass(item, BaseModel):
                    found[name] = {
                        each for each, f in item.model_fields.items() if marked(f.metadata, PERSON)
                    }
        return {name: people for name, people in found.items() if people}


def major_version(event_type: str) -> tuple[str, int]:
    """Split `itsm.incident.opened.v1` into its name and its major version."""
    name, _, major = event_type.rpartition(".v")
    return name, int(major)
