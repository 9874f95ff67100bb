"""What a person is to the catalog, and who may say so."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from itsm_chassis.errors import FieldError, Forbidden, Invalid

from itsm_catalog.rules.directory import KEEPERS

DELEGATION: Final = frozenset({"delegate", "delegate_from", "delegate_until"})
"""What everybody may set of themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, known by the subject of their token.

    The delegate stands in for them within [delegate_from, delegate_until); an absent bound is open.
    """

    id: UUID
    key: str
    version: int = 1
    name: str
    email: str | None = None
    business_unit: str | None = None
    manager: str | None = None
    location: str | None = None
    active: bool = True
    delegate: str | None = None
    delegate_from: datetime | None = None
    delegate_until: datetime | None = None
    registered_at: datetime
    updated_at: datetime

    def changed(self, given: Mapping[str, Any]) -> "Person":
        """The same with these fields; a delegate who is taken away takes the bounds along."""
        gone = "delegate" in given and given["delegate"] is None
        bounds = {"delegate_from": None, "delegate_until": None} if gone else {}
        after = replace(self, **bounds | dict(given))
        check(after)
        return after


def check(person: Person) -> None:
    """Invalid where the delegation makes no sense."""
    begins, ends = person.delegate_from, person.delegate_until
    if person.delegate == person.key:
        refuse("delegate", "own_delegate", "Nobody is their own delegate.")
    if person.delegate is None and (begins or ends):
        bound = "delegate_from" if begins else "delegate_until"
        refuse(bound, "no_delegate", "A period needs a delegate.")
    if begins and ends and ends <= begins:
        refuse("delegate_until", "before_delegate_from", "It must end after it begins.")


def refuse(name: str, code: str, message: str) -> None:
    """One finding."""
    raise Invalid("invalid_request", message, (FieldError(f"/{name}", code, message),))


def may_edit(roles: Set[str], actor: str, key: str, given: Mapping[str, Any]) -> None:
    """Forbidden unless they keep the directory, or set their own delegate."""
    if roles & (KEEPERS | {"admin"}):
        return
    if actor != key:
        raise Forbidden(
            "forbidden", f"{key} is somebody else: only {', '.join(sorted(KEEPERS))} may do this."
        )
    if others := sorted(given.keys() - DELEGATION):
        raise Forbidden(
            "forbidden",
            f"You may name your own delegate; {', '.join(others)} can be changed by: "
            f"{', '.join(sorted(KEEPERS))}.",
        )
