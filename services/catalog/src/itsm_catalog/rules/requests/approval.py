"""Approval steps: who may vote, what a vote does, and how a step ends."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from itsm_chassis.errors import FieldError, Forbidden, Invalid, Refused

from itsm_catalog.rules.requests.offer import Step
from itsm_catalog.rules.requests.quorum import Rule, verdict

Decision = Literal["accept", "refuse"]
Status = Literal["pending", "accepted", "refused", "expired", "voided"]
What = Literal["asked", "voted", "accepted", "refused", "expired", "voided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One voter's decision, and why; `cast_by` is the delegate where it was one."""

    voter: str
    cast_by: str
    decision: Decision
    at: datetime
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A step of a request's approval, field by field as it is shown."""

    id: UUID
    version: int = 1
    record: UUID
    record_type: str = "service_request"
    number: str
    """The request's."""
    step: int
    group: str
    rule: Rule
    percentage: float | None = None
    status: Status = "pending"
    voters: tuple[str, ...]
    votes: tuple[Vote, ...] = ()
    asked_at: datetime
    expires_at: datetime | None = None
    decided_at: datetime | None = None

    @property
    def waiting(self) -> list[str]:
        """Who may still vote."""
        voted = {vote.voter for vote in self.votes}
        return [voter for voter in self.voters if voter not in voted] if self.status == "pending" else []


@dataclass(frozen=True, slots=True)
class Event:
    """One fact about a step, when it happened, and the state after it."""

    what: What
    at: datetime
    state: Approval


SAID: Final[dict[Status, What]] = {"pending": "voted", "accepted": "accepted", "refused": "refused"}


def asked(
    identity: UUID, record: UUID, number: str, place: int, step: Step, members: Collection[str], now: datetime
) -> Event:
    """The step as it starts; `members` are the group's, without the requester. Refused where none is left."""
    if not members:
        raise Refused(
            "no_voter",
            f"Approval step {place} asks the group {step.group}, and nobody in it may vote: it has no active "
            "member beside the requester. Add one to the group, then try again.",
        )
    state = Approval(
        id=identity,
        record=record,
        number=number,
        step=place,
        group=step.group,
        rule=step.rule,
        percentage=step.percentage,
        voters=tuple(sorted(members)),
        asked_at=now,
        expires_at=now + timedelta(seconds=step.expires_after_s) if step.expires_after_s else None,
    )
    return Event("asked", now, state)


def place_of(
    approval: Approval, actor: str, requester: str, delegators: Collection[str], named: str | None
) -> str:
    """In whose place the actor votes: the own, or that of a voter who has named them as delegate.

    `delegators` are those whose delegate the actor is now, `named` is whom the actor says. Raises Forbidden
    for the requester and for who is no voter, and Invalid where it is not clear whose vote this is.
    """
    if actor == requester:
        raise Forbidden("self_approval", "Nobody votes on the own request, for themselves or for others.")
    if named is not None:
        if named not in approval.voters or (named != actor and named not in delegators):
            raise Forbidden("not_a_voter", f"You cannot vote in the place of {named} here.")
        return named
    if actor in approval.voters:
        return actor
    places = [voter for voter in approval.voters if voter in delegators]
    if not places:
        raise Forbidden("not_a_voter", "You are not asked here, nor is anybody whose delegate you are now.")
    waiting = [voter for voter in places if voter in approval.waiting]
    if len(waiting) > 1:
        sentence = f"You are the delegate of {', '.join(waiting)}: say in whose place you vote."
        raise Invalid("voter_unclear", sentence, (FieldError("/voter", "voter_unclear", sentence),))
    return (waiting or places)[0]


def voted(
    approval: Approval, voter: str, actor: str, decision: Decision, comment: str | None, now: datetime
) -> Event:
    """The step after a vote; Refused where it is too late, or this voter has voted."""
    if approval.status != "pending":
        raise Refused("approval_decided", f"Too late: this step is {approval.status}.")
    if approval.expires_at is not None and approval.expires_at <= now:
        raise Refused("approval_expired", "Too late: the time to vote is over.")
    if voter not in approval.waiting:
        raise Refused("already_voted", f"{voter} has voted; a vote is cast once.")
    vote = Vote(voter=voter, cast_by=actor, decision=decision, at=now, comment=comment)
    votes = (*approval.votes, vote)
    accepted = sum(each.decision == "accept" for each in votes)
    status = verdict(
        approval.rule, approval.percentage, len(approval.voters), accepted, len(votes) - accepted
    )
    ended = None if status == "pending" else now
    return advanced(approval, SAID[status], now, status, votes, ended)


def expired(approval: Approval, now: datetime) -> Event | None:
    """The end of a step whose time is over, dated when it was; None where it is not."""
    if approval.status != "pending" or approval.expires_at is None or approval.expires_at > now:
        return None
    return advanced(approval, "expired", approval.expires_at, "expired", approval.votes, approval.expires_at)


def voided(approval: Approval, now: datetime) -> Event | None:
    """What was voted counts no more; None where that is said already, or was never to count."""
    if approval.status not in ("pending", "accepted"):
        return None
    return advanced(approval, "voided", now, "voided", approval.votes, approval.decided_at or now)


def advanced(
    approval: Approval,
    what: What,
    at: datetime,
    status: Status,
    votes: tuple[Vote, ...],
    decided_at: datetime | None,
) -> Event:
    """The event of a change; each raises the version by one."""
    version = approval.version + 1
    state = replace(approval, version=version, status=status, votes=votes, decided_at=decided_at)
    return Event(what, at, state)


def why_refused(approval: Approval) -> str:
    """What to tell the requester of a step that did not accept."""
    if approval.status == "expired":
        return f"Approval step {approval.step} ({approval.group}) expired: too few voted in time."
    said = approval.votes[-1].comment if approval.votes else None
    sentence = f"Approval step {approval.step} ({approval.group}) refused it"
    return f"{sentence}: {said}" if said else f"{sentence}."
