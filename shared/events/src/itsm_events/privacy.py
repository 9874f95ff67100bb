"""What leaves a service and what does not, declared on the fields of an event."""

from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID, uuid5

PRIVATE = "itsm:private"
"""Marks a field that stays in its service: comment bodies, free text about a person."""

PERSON = "itsm:person"
"""Marks a field that names a person, or lists people; on the bus each is replaced by `opaque`."""

PEOPLE = UUID("6f1f0f3e-9a55-5d5c-8e0e-1b6c2a7d4f10")

Person = Annotated[str, PERSON]
PrivateText = Annotated[str, PRIVATE]


@lru_cache(10_000)
def opaque(tenant: str, person: str) -> str:
    """The id under which a person appears on the bus: a UUIDv5 of tenant and key.

    The same person has the same id in every service of the suite, and another one in each tenant.
    """
    return str(uuid5(PEOPLE, f"{tenant}\n{person}"))


def concealed(tenant: str, value: Any) -> Any:
    """A person, or each of a list of people, as opaque ids; nobody stays nobody."""
    if isinstance(value, list):
        return [opaque(tenant, person) for person in value]
    return opaque(tenant, value) if isinstance(value, str) else value


def marked(metadata: list[Any], mark: str) -> bool:
    """Whether a field's annotations hold `mark`."""
    return any(isinstance(item, str) and item == mark for item in metadata)
