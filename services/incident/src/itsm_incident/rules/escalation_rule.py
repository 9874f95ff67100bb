"""Escalation rules as data: at which thresholds of which clocks they act, and what they then do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from itsm_chassis.errors import FieldError, Invalid

ANY: Final[dict[str, Any]] = {
    "measure": None,
    "kind": None,
    "threshold": None,
    "priorities": [],
    "services": [],
    "assignment_groups": [],
    "policies": [],
}
ACTIONS: Final[dict[str, dict[str, Any]]] = {
    "reassign": {"assignment_group": None, "assignee": None},
    "flag": {"level": 1},
    "notify": {"people": [], "groups": [], "roles": [], "template": None, "words": None},
}
"""Each action, and its fields where they are not given."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in one version. `match` and `actions` are as in ANY and ACTIONS; an action may be None."""

    id: UUID
    key: str
    version: int
    name: str
    active: bool
    match: Mapping[str, Any]
    actions: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime

    @property
    def threshold(self) -> int:
        """At which per cent of the target it acts."""
        return int(self.match["threshold"])


def read(text: str) -> Rule:
    """The rule behind its card."""
    told = json.loads(text)
    times = {name: datetime.fromisoformat(told[name]) for name in ("created_at", "updated_at")}
    return Rule(**(told | times | {"id": UUID(told["id"])}))


def completed(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for with every field; Invalid where it is no rule. null stands for absent."""
    told = {"active": True} | dropped(given)
    told["match"] = ANY | dropped(given.get("match") or {})
    asked = given.get("actions") or {}
    told["actions"] = {
        name: None if asked.get(name) is None else fields | dropped(asked[name])
        for name, fields in ACTIONS.items()
    }
    if found := tuple(findings(told)):
        raise Invalid("invalid_rule", "The rule is not complete; errors says what is missing.", found)
    return told


def findings(told: Mapping[str, Any]) -> list[FieldError]:
    """Everything without which a rule would never do anything."""
    found = []
    if told["match"]["threshold"] is None:
        found.append(missing("/match/threshold", "Say at which per cent of the target; 100 is the breach."))
    reassign, flag, notify = (told["actions"][name] for name in ACTIONS)
    if (reassign, flag, notify) == (None, None, None):
        found.append(missing("/actions", "A rule needs an action: reassign, flag or notify."))
    if reassign is not None and not any(reassign.values()):
        found.append(
            missing("/actions/reassign", "Say to which assignment_group, to which assignee or both.")
        )
    if notify is not None:
        if not (notify["people"] or notify["groups"] or notify["roles"]):
            found.append(missing("/actions/notify", "Say whom: people, groups or roles."))
        if notify["template"] is None and notify["words"] is None:
            found.append(missing("/actions/notify", "Say what: a template, words or both."))
    return found


def missing(pointer: str, message: str) -> FieldError:
    """One finding."""
    return FieldError(pointer, "missing", message)


def dropped(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are not null."""
    return {name: value for name, value in given.items() if value is not None}


def patched(current: Any, patch: Any) -> Any:
    """A merge patch (RFC 7396) laid over what is there."""
    if not isinstance(patch, Mapping):
        return patch
    base = current if isinstance(current, Mapping) else {}
    kept = {name: value for name, value in base.items() if name not in patch}
    return kept | {n: patched(base.get(n), value) for n, value in patch.items() if value is not None}
