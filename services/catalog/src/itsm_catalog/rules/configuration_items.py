"""What a configuration item is, and the states that it goes through. Pure: no I/O, and the clock comes in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID

from itsm_chassis.errors import FieldError, Refused

from itsm_catalog.rules.json_schema import violations
from itsm_catalog.rules.service_levels import invalid

Status = Literal["planned", "in_use", "in_maintenance", "retired"]
Environment = Literal["production", "staging", "test", "development"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
IN_USE: Final = ("in_use", "in_maintenance")
"""Whoever is in one of these states needs what it depends on."""

TRANSITIONS: Final[dict[Status, frozenset[Status]]] = {
    "planned": frozenset({"in_use", "retired"}),
    "in_use": frozenset({"in_maintenance", "retired"}),
    "in_maintenance": frozenset({"in_use", "retired"}),
    "retired": frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationItem:
    """An item, field by field as it is shown."""

    id: UUID
    key: str
    version: int = 1
    name: str
    ci_type: str
    ci_type_version: int
    """The version of its type that its attributes were last checked against."""
    status: Status = "planned"
    environment: Environment
    owner: str | None = None
    assignment_group: str | None = None
    location: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    registered_at: datetime
    updated_at: datetime
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemType:
    """The latest version of a type."""

    key: str
    version: int
    schema: Mapping[str, Any]


FIELDS: Final = tuple(each.name for each in fields(ConfigurationItem))


def read(card: str) -> ConfigurationItem:
    """The item that a card shows."""
    data = json.loads(card)
    for name in ("registered_at", "updated_at", "retired_at"):
        data[name] = datetime.fromisoformat(data[name]) if data[name] else None
    return ConfigurationItem(**data | {"id": UUID(data["id"])})


def registered(
    identity: UUID, given: Mapping[str, Any], kind: ItemType | None, now: datetime
) -> ConfigurationItem:
    """A new item; Invalid where its type is unknown or its attributes are not as that describes them."""
    kind = fitting(kind, given.get("attributes", {}), given["ci_type"])
    retired_at = now if given.get("status") == "retired" else None
    stamps: dict[str, Any] = {"registered_at": now, "updated_at": now, "retired_at": retired_at}
    return ConfigurationItem(id=identity, ci_type_version=kind.version, **given, **stamps)


def revised(
    item: ConfigurationItem, given: Mapping[str, Any], kind: ItemType | None, now: datetime
) -> ConfigurationItem | None:
    """The item after a merge patch; None where nothing changes. `kind` is the type that it will have.

    Attributes are checked against the latest version of the type only where they, or the type, change.
    Refused for a retired item.
    """
    wanted = dict(given)
    if "attributes" in wanted:
        patch = wanted["attributes"]
        wanted["attributes"] = {} if patch is None else merged(item.attributes, patch)
    changes = {name: value for name, value in wanted.items() if differ(getattr(item, name), value)}
    if not changes:
        return None
    if item.status == "retired":
        raise Refused(
            "record_ended", f"The item {item.key} is retired, which is final: it can no longer change."
        )
    if "attributes" in changes or "ci_type" in changes:
        named = changes.get("ci_type", item.ci_type)
        changes["ci_type_version"] = fitting(kind, changes.get("attributes", item.attributes), named).version
    return replace(item, **changes, version=item.version + 1, updated_at=now)


def differ(one: object, other: object) -> bool:
    """Whether two values are different JSON: to Python, but not to JSON, 1 is true."""
    return json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True)


def merged(target: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """A merge patch (RFC 7396) of an object."""
    result = dict(target)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            there = result.get(name)
            result[name] = merged(there if isinstance(there, Mapping) else {}, value)
        else:
            result[name] = value
    return result


def fitting(kind: ItemType | None, attributes: Mapping[str, Any], named: str) -> ItemType:
    """The type, where the attributes are as it describes them; otherwise Invalid, with every finding."""
    if kind is None:
        message = f"There is no configuration item type {named}: publish it first."
        raise invalid([FieldError("/ci_type", "unknown_type", message)])
    if found := violations(kind.schema, attributes):
        raise invalid(replace(each, pointer=f"/attributes{each.pointer}") for each in found)
    return kind


def moved(item: ConfigurationItem, to: Status, now: datetime) -> ConfigurationItem:
    """The item in its next state; Refused where the lifecycle forbids it."""
    if (why := refusal(item.status, to)) is not None:
        raise Refused("illegal_transition", why)
    retired_at = now if to == "retired" else None
    return replace(item, status=to, retired_at=retired_at, version=item.version + 1, updated_at=now)


def refusal(status: Status, to: Status) -> str | None:
    """Why an item in `status` cannot become `to`, or None where it can."""
    allowed = TRANSITIONS[status]
    if to in allowed:
        return None
    if status == to:
        return f"The item is already {to}."
    if not allowed:
        return f"The item is {status}, which is final; register a new item in its place."
    return f"An item that is {status} can become {', '.join(sorted(allowed))}, not {to}."


def available(status: Status, unready: str | None = None) -> list[dict[str, Any]]:
    """Every other state: whether it can be entered now, and why not; none needs a further field.

    `unready` is why the item cannot be put into use, if it cannot.
    """
    others = [
        (to, refusal(status, to) or (unready if to == "in_use" else None)) for to in STATUSES if to != status
    ]
    return [{"to": to, "allowed": why is None, "why": why, "requires": []} for to, why in others]
