"""The state machine of a portfolio service, and what stands in the way of a step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from itsm_chassis.errors import FieldError, Refused

from itsm_catalog.rules.portfolio import IN_CATALOGUE, PortfolioService, Status

TRANSITIONS: Final[dict[Status, frozenset[Status]]] = {
    "proposed": frozenset({"under_evaluation", "cancelled"}),
    "under_evaluation": frozenset({"chartered", "cancelled"}),
    "chartered": frozenset({"in_design", "cancelled"}),
    "in_design": frozenset({"live", "cancelled"}),
    "live": frozenset({"retiring"}),
    "retiring": frozenset({"retired"}),
    "retired": frozenset(),
    "cancelled": frozenset(),
}
NAMED: Final = 5
"""How many of those that stand in the way are named."""


@dataclass(frozen=True, slots=True)
class Some:
    """So many, and the names of the first of them."""

    count: int = 0
    first: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around a service: its policy (None where there is none of this key), and who needs it.

    `offerings` are those not retired, `requests` those that have not ended, `dependents` the live or
    retiring services that depend on it, `retired_needs` what it depends on although that is retired.
    """

    policy_retired: bool | None = None
    offerings: Some = Some()
    requests: Some = Some()
    dependents: Some = Some()
    retired_needs: Some = Some()


def move(service: PortfolioService, to: Status, around: Surroundings, now: datetime) -> PortfolioService:
    """The service in its next state; Refused where the lifecycle or its surroundings forbid it."""
    if (why := refusal(service.status, to)) is not None:
        raise Refused("illegal_transition", why)
    if found := obstacles(service, to, around):
        raise blocked(to, found)
    moved = replace(service, status=to, version=service.version + 1)
    if to == "live":
        return replace(moved, live_at=now)
    return replace(moved, retired_at=now) if to == "retired" else moved


def refusal(status: Status, to: Status) -> str | None:
    """Why a service in `status` cannot become `to`, or None where it can."""
    allowed = TRANSITIONS[status]
    if to in allowed:
        return None
    if status == to:
        return f"The service is already {to}."
    if not allowed:
        return f"The service is {status}, which is final; propose a new one."
    return f"A service that is {status} can become {' or '.join(sorted(allowed))}, not {to}."


def blocked(to: Status, found: Sequence[FieldError]) -> Refused:
    """The refusal that lists everything in the way."""
    code = "not_ready" if to == "live" else "in_use"
    sentence = " ".join(each.message for each in found)
    return Refused(code, f"The service cannot be {to}. {sentence}", tuple(found))


def obstacles(service: PortfolioService, to: Status, around: Surroundings) -> list[FieldError]:
    """All that stands between the service and a state."""
    if to == "live":
        return [*owed(service, around), *unready(around)]
    if to == "retired":
        return [*in_use(around)]
    return []


NO_OFFERING: Final = FieldError(
    "/offerings", "missing", "It needs an offering that is not retired: publish one for it."
)


def unready(around: Surroundings) -> Iterable[FieldError]:
    """What a service lacks to enter the catalogue, and may lose once it is there."""
    if not around.offerings.count:
        yield NO_OFFERING
    if around.retired_needs.count:
        what = "retired service or item that it depends on"
        yield FieldError("/dependencies", "retired_dependencies", told(what, around.retired_needs))


def owed(service: PortfolioService, around: Surroundings) -> Iterable[FieldError]:
    """What a service in the catalogue lacks of its own."""
    policy = service.sla_policy
    if service.owner is None:
        yield FieldError("/owner", "missing", "It needs an owner.")
    if policy is None:
        yield FieldError("/sla_policy", "missing", "It needs an SLA policy.")
    elif around.policy_retired is None:
        message = f"There is no SLA policy {policy}: activate it first."
        yield FieldError("/sla_policy", "unknown_sla_policy", message)
    elif around.policy_retired:
        message = f"The SLA policy {policy} is retired: activate it again, or agree on another."
        yield FieldError("/sla_policy", "retired_sla_policy", message)


def in_use(around: Surroundings) -> Iterable[FieldError]:
    """Who would be left without the service."""
    for pointer, code, what, some in (
        ("/requests", "open_requests", "open request", around.requests),
        ("/offerings", "open_offerings", "offering that is not retired", around.offerings),
        ("/dependents", "dependent_services", "live service that depends on it", around.dependents),
    ):
        if some.count:
            yield FieldError(pointer, code, told(what, some))


def check_unneeded(policy: str, services: Some) -> None:
    """Refused where a policy is to be retired that services in the catalogue are under."""
    if services.count:
        message = told("live service under it", services)
        sentence = f"The policy {policy} cannot be retired. {message} Agree on another policy for them first."
        raise Refused("in_use", sentence, (FieldError("/services", "live_services", message),))


def told(what: str, some: Some) -> str:
    """How many, and which first."""
    more = some.count - len(some.first)
    names = ", ".join(some.first) + (f" and {more} more" if more else "")
    return f"{some.count} x {what}: {names}."


def still_owed(before: PortfolioService, after: PortfolioService, around: Surroundings) -> None:
    """Refused where an edit takes from a service in the catalogue what it needs to be there."""
    if after.status not in IN_CATALOGUE:
        return
    touched = {
        f"/{name}" for name in ("owner", "sla_policy") if getattr(before, name) != getattr(after, name)
    }
    if found := [each for each in owed(after, around) if each.pointer in touched]:
        raise blocked("live", found)


def available(service: PortfolioService, around: Surroundings) -> list[dict[str, Any]]:
    """Every other state: whether it can be entered now, why not, and what stands in the way."""
    items = []
    for to in TRANSITIONS:
        if to in (service.status, "proposed"):
            continue
        why, found = refusal(service.status, to), list[FieldError]()
        if why is None and (found := obstacles(service, to, around)):
            why = blocked(to, found).detail
        errors = [{"pointer": e.pointer, "code": e.code, "message": e.message} for e in found]
        items.append({"to": to, "allowed": why is None, "why": why, "requires": [], "errors": errors})
    return items
