"""What a request needs to know of the version of an offering that it orders."""

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from typing import Any

from itsm_catalog.rules.requests.quorum import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An approval step: whose members vote, how many have to accept, how long it waits."""

    group: str
    rule: Rule
    percentage: float | None = None
    expires_after_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A fulfilment task; it opens once those that it comes after are done."""

    key: str
    name: str
    assignment_group: str
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A version of an offering, as its event says it."""

    key: str
    version: int
    name: str
    service: str
    price: float | None = None
    currency: str | None = None
    delivery_time_s: int | None = None
    calendar: str | None = None
    reopen_days: int = 0
    approval: tuple[Step, ...] = ()
    tasks: tuple[Plan, ...] = ()
    form: Mapping[str, Any]
    business_units: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    retired: bool = False


def barred(offer: Offer, roles: Set[str], units: Collection[str]) -> str | None:
    """Why somebody may not order it, or None.

    `roles` are those of who orders; `units` the business unit of whom it is for, and those above it.
    """
    if offer.roles and "admin" not in roles and roles.isdisjoint(offer.roles):
        return f"{offer.key} can be ordered by: {', '.join(sorted(offer.roles))}."
    if offer.business_units and not set(units).intersection(offer.business_units):
        named = ", ".join(sorted(offer.business_units))
        return f"{offer.key} is for the business units {named}, and whom it is for is in none of them."
    return None
