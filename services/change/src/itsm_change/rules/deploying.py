"""What a production deployment does to its change: opens a standard one, moves it along, closes it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from itsm_change.rules import editing, requesting
from itsm_change.rules.card import written
from itsm_change.rules.change import Change, Event, Status
from itsm_change.rules.deployment import Deployment
from itsm_change.rules.interval import LONGEST
from itsm_change.rules.lifecycle import SKEW, Transition, enter
from itsm_change.rules.obstacles import Obstacle

EXPECTED: Final = timedelta(hours=1)
"""The planned window of a deployment that has not ended."""

UNAPPROVED: Final[frozenset[Status]] = frozenset({"new", "assess", "authorize", "cancelled"})


def unfit(template: Mapping[str, Any], of: Deployment) -> Obstacle | None:
    """Why a template does not speak for the deployment, beside what its standing says."""
    key = template["key"]
    if not template["active"]:
        return Obstacle("template_inactive", f"The template {key} is not active.")
    if template["service"] not in (None, of.service):
        sentence = f"The template {key} is of {template['service']}, not of {of.service}."
        return Obstacle("template_of_another_service", sentence)
    return None


def not_for_it(change: Change, of: Deployment) -> tuple[Obstacle, ...]:
    """Why the change that a pipeline names does not speak for the deployment."""
    number = change.number
    found = []
    if change.status in UNAPPROVED:
        sentence = f"{number} is in {change.status}: it was not scheduled when it was deployed."
        found.append(Obstacle("change_not_scheduled", sentence))
    if change.services and of.service not in change.services:
        sentence = f"{number} is about {', '.join(change.services)}, not {of.service}."
        found.append(Obstacle("change_of_another_service", sentence))
    start, end = change.planned_start, change.planned_end
    if change.status == "scheduled" and start and end and not start - SKEW <= of.started_at < end:
        sentence = (
            f"{number} is planned from {written(start)} to {written(end)}, and it was deployed outside."
        )
        found.append(Obstacle("outside_planned_time", sentence))
    if change.implemented_at is not None and of.started_at > change.implemented_at + SKEW:
        sentence = f"{number} had been implemented when it was deployed: another deployment, another change."
        found.append(Obstacle("change_implemented", sentence))
    return tuple(found)


def title(of: Deployment) -> str:
    """What the change of a deployment is called."""
    return f"Deploy {of.commit[:12]} of {of.service} to {of.environment}"


def requested(identity: str, number: str, of: Deployment, fields: Mapping[str, Any], now: datetime) -> Event:
    """The standard change of a deployment; `fields` are the template's, the requester, what it reverts."""
    end = of.finished_at if of.finished_at and of.finished_at > of.started_at else of.started_at + EXPECTED
    end = min(end, of.started_at + LONGEST)
    own = {"title": title(of), "change_type": "standard", "service": of.service}
    window = {"planned_start": of.started_at, "planned_end": end}
    return requesting.requested(
        identity, number, dict(fields) | own | window, requested_at=of.started_at, now=now
    )


def started(change: Change, of: Deployment, now: datetime) -> list[Event]:
    """The events of a change that may be scheduled and is being implemented already."""
    events: list[Event] = []
    steps: tuple[Status, ...] = ("scheduled", "implement") if change.status == "new" else ("implement",)
    for to in steps:
        events.append(enter(change, Transition(to), of.started_at, now))
        change = events[-1].state
    return events


def unauthorized(
    identity: str,
    number: str,
    of: Deployment,
    why: tuple[Obstacle, ...],
    fields: Mapping[str, Any],
    requester: str,
    now: datetime,
) -> list[Event]:
    """The events of filing a deployment that nothing had approved."""
    sentence = " ".join(each.message for each in why)
    given = dict(fields) | {
        "title": title(of),
        "description": f"Deployed without approval. {sentence}",
        "service": of.service,
        "actual_start": of.started_at,
    }
    return requesting.detected(identity, number, given, requester=requester, now=now)


def finished(change: Change, of: Deployment, now: datetime) -> list[Event]:
    """What the outcome does to the change that was opened for the deployment.

    A standard one is reviewed and closed; an unauthorised one waits in review for a person's word.
    """
    at = of.rolled_back_at or of.finished_at or now
    undone = {"backed_out": True, "backed_out_at": at} if of.outcome == "rolled_back" else {}
    events: list[Event] = []
    if change.status == "implement" or (change.unauthorized and change.status == "authorize"):
        ended = of.finished_at or at
        fields = {"actual_end": max(ended, change.actual_start or ended)} | undone
        events.append(enter(change, Transition("review", fields), ended, now))
        change = events[-1].state
    if change.status == "review" and change.change_type == "standard":
        events.append(enter(change, Transition("closed", verdict(change, of) | undone), at, now))
    elif undone and change.status in ("review", "closed") and not change.backed_out:
        note = change.review_note or note_of(of)
        event = editing.edit(change, undone | {"review_note": note}, now)
        events += [event] if event else []
    return events


def verdict(change: Change, of: Deployment) -> dict[str, Any]:
    """Close code and review note."""
    if of.outcome == "succeeded":
        return {"close_code": "successful"}
    return {"close_code": "unsuccessful", "review_note": change.review_note or note_of(of)}


def note_of(of: Deployment) -> str:
    """What is known of a deployment that went wrong."""
    what = "was rolled back" if of.outcome == "rolled_back" else "failed"
    where = f" See {of.url}." if of.url else ""
    return f"The pipeline told that the deployment {of.external_id} {what}.{where}"
