"""What a rule does to an incident whose clock has reached a threshold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid5

from itsm_incident.rules.editing import assign
from itsm_incident.rules.escalation_rule import Rule
from itsm_incident.rules.incident import OPEN, Escalation, Event, Incident, record

Outcome = Literal["done", "unchanged", "moved_on", "nobody"]


class Reached(NamedTuple):
    """A threshold of a clock: which one, and what a rule can ask about it."""

    clock: UUID
    policy: str
    kind: str
    measure: str
    threshold: int
    priority: str | None
    service: str | None
    assignment_group: str | None


class Left(NamedTuple):
    """Why something is not done, where it is not: the incident has `gone` on, or a higher threshold of the
    clock, which came first after a fault, has `overtaken` this one and put it into other hands.
    """

    gone: str | None = None
    overtaken: str | None = None


class Recipients(NamedTuple):
    """Whom to tell."""

    people: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a rule: the incident after it, its events, whom to tell, and an outcome per action.

    An outcome is None where the rule has no such action; `moved_on` says why something was left.
    """

    state: Incident
    events: tuple[Event, ...]
    recipients: Recipients | None
    reassigned: Outcome | None
    flagged: Outcome | None
    notified: Outcome | None
    moved_on: str | None


def subject(rule: UUID, reached: Reached) -> UUID:
    """The id of the escalation: one for a rule and a threshold of a clock, whoever comes to it how often."""
    return uuid5(reached.clock, f"{reached.threshold} {rule}")


def matches(rule: Rule, reached: Reached) -> bool:
    """Whether the rule is for this threshold."""
    asked = rule.match
    return (
        asked["threshold"] == reached.threshold
        and asked["measure"] in (None, reached.measure)
        and asked["kind"] in (None, reached.kind)
        and (not asked["priorities"] or reached.priority in asked["priorities"])
        and (not asked["services"] or reached.service in asked["services"])
        and (not asked["assignment_groups"] or reached.assignment_group in asked["assignment_groups"])
        and (not asked["policies"] or reached.policy in asked["policies"])
    )


def moved_on(incident: Incident, reached: Reached) -> str | None:
    """Why the incident needs no other hands for this threshold any more, or None where it does.

    A threshold is carried out moments after it was passed, after a fault or a downtime later.
    """
    if incident.status not in OPEN:
        return f"The incident is {incident.status} by now."
    if reached.kind != "sla" and incident.assignment_group != reached.assignment_group:
        return f"The incident has left the group {reached.assignment_group}."
    answered = incident.acknowledged_at if reached.kind == "sla" else incident.assignee
    if reached.measure == "respond" and answered is not None:
        return "The incident was responded to meanwhile."
    return None


def apply(rule: Rule, incident: Incident, reached: Reached, left: Left, now: datetime) -> Applied:
    """Carry out the rule's actions: a notification always, the others unless the incident has moved on."""
    cause = Escalation(rule.key, rule.version, reached.policy, reached.measure, reached.threshold)
    state, events = incident, []
    outcomes: dict[str, Outcome | None] = {}
    why: str | None = None
    for name, step, why_not in (
        ("reassign", reassigned, left.gone or left.overtaken),
        ("flag", flagged, left.gone),
    ):
        action = rule.actions[name]
        event = step(state, action, now) if action is not None and why_not is None else None
        if event is not None:
            events.append(replace(event, escalation=cause))
            state = event.state
        outcomes[name] = outcome(action, event, why_not)
        why = why_not if outcomes[name] == "moved_on" else why
    notify = rule.actions["notify"]
    recipients = None if notify is None else addressed(state, notify)
    told: Outcome | None = None if recipients is None else "done" if any(recipients) else "nobody"
    return Applied(state, tuple(events), recipients, outcomes["reassign"], outcomes["flag"], told, why)


def outcome(action: object, event: Event | None, why_not: str | None) -> Outcome | None:
    """What became of one action."""
    if action is None:
        return None
    if why_not is not None:
        return "moved_on"
    return "unchanged" if event is None else "done"


def reassigned(incident: Incident, action: Mapping[str, Any], now: datetime) -> Event | None:
    """The group, the person or both; a group that gets it without a person named gets it unassigned."""
    group, person = action["assignment_group"], action["assignee"]
    given = {"assignment_group": group, "assignee": person}
    if group is None:
        del given["assignment_group"]
    elif person is None and group == incident.assignment_group:
        return None
    return assign(incident, given, now)


def flagged(incident: Incident, action: Mapping[str, Any], now: datetime) -> Event | None:
    """Raise the escalation level; it is never lowered, so that the order of rules does not matter."""
    if incident.escalation_level >= action["level"]:
        return None
    return record(incident, "escalated", now, now, {"escalation_level": action["level"], "escalated_at": now})


def addressed(incident: Incident, action: Mapping[str, Any]) -> Recipients:
    """Everybody once; a role that nobody has stands for nobody."""
    people, groups = list(action["people"]), list(action["groups"])
    for role in action["roles"]:
        (groups if role == "assignment_group" else people).append(getattr(incident, role))
    return Recipients(once(people), once(groups))


def once(names: Iterable[str | None]) -> tuple[str, ...]:
    """The names in their order, without repeats and gaps."""
    return tuple(dict.fromkeys(name for name in names if name is not None))
