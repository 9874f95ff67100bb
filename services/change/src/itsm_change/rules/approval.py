"""Approval steps: who votes, and when one is decided. People are opaque ids, as other services name them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from itsm_chassis.errors import Forbidden, Invalid, Refused

from itsm_change.rules.card import written
from itsm_change.rules.change import Change

Rule = Literal["any", "all", "percentage"]
Status = Literal["pending", "accepted", "refused", "expired", "voided"]
Decision = Literal["accept", "refuse"]
What = Literal["asked", "voted", "accepted", "refused", "expired", "voided"]


@dataclass(frozen=True, slots=True)
class Vote:
    """One voter's decision: who cast it (`cast_by`, a delegate perhaps), when, why, and in which meeting."""

    voter: str
    cast_by: str
    decision: Decision
    at: datetime
    comment: str | None = None
    meeting_id: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """A group that is to be asked, and what it takes to accept."""

    group: str
    rule: Rule
    percentage: float | None = None
    expires_after_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A group that is asked to approve a change; `version` is the number of events behind it.

    `following` are the steps that the policy asks for after this one.
    """

    id: str
    version: int = 1
    change_id: str
    change_number: str
    change_title: str
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
    following: tuple[PolicyStep, ...] = ()

    @property
    def waiting(self) -> tuple[str, ...]:
        """Those who have not voted."""
        voted = {vote.voter for vote in self.votes}
        return tuple(voter for voter in self.voters if voter not in voted)

    def form(self) -> dict[str, Any]:
        """In JSON's types, as it is shown."""
        return {name: plain(value) for name, value in asdict(self).items()}

    @classmethod
    def of(cls, form: Mapping[str, Any]) -> Self:
        """From what `form` gave."""
        data = dict(form)
        for name in ("asked_at", "expires_at", "decided_at"):
            data[name] = data[name] and datetime.fromisoformat(data[name])
        votes = (each | {"at": datetime.fromisoformat(each["at"])} for each in data["votes"])
        data["votes"] = tuple(Vote(**each) for each in votes)
        data["following"] = tuple(PolicyStep(**each) for each in data["following"])
        return cls(**data | {"voters": tuple(data["voters"])})


def plain(value: Any) -> Any:
    """Times as text, in whatever holds them."""
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


@dataclass(frozen=True, slots=True)
class Delegation:
    """`delegate` votes in the place of `person` within [since, until); an absent bound is open."""

    person: str
    delegate: str
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)


def quorum(rule: Rule, percentage: float | None, voters: int, accepted: int, refused: int) -> Status:
    """Accepted, refused or pending, as soon as that is certain.

    With A and W the shares that accepted and still wait, and R the share that the rule demands: accepted
    when A >= R, pending while A + W >= R, else refused. `any` demands one voter, `all` every one.
    """
    if rule == "any":
        return "accepted" if accepted else "pending" if refused < voters else "refused"
    share = 100.0 if rule == "all" or percentage is None else percentage
    if accepted * 100 >= share * voters:
        return "accepted"
    return "pending" if (voters - refused) * 100 >= share * voters else "refused"


def begun(
    identity: str,
    change: Change,
    number: int,
    steps: Sequence[PolicyStep],
    voters: tuple[str, ...],
    now: datetime,
) -> Step:
    """The first of these steps, as it is asked; `number` counts from 1."""
    first, *following = steps
    within = first.expires_after_s
    return Step(
        id=identity,
        change_id=change.id,
        change_number=change.number,
        change_title=change.title,
        step=number,
        group=first.group,
        rule=first.rule,
        percentage=first.percentage,
        voters=voters,
        asked_at=now,
        expires_at=None if within is None else now + timedelta(seconds=within),
        following=tuple(following),
    )


def voters_of(members: Collection[str] | None, group: str, asking: Collection[str]) -> tuple[str, ...]:
    """Who votes for a group: its members without those who asked. Refused where nobody is left."""
    if members is None:
        raise Refused(
            "no_voters",
            f"The group {group} is not known here: register it in the catalog, or let another be asked.",
        )
    voters = tuple(sorted(set(members).difference(asking)))
    if not voters:
        raise Refused(
            "no_voters",
            f"Nobody in the group {group} can approve this: it has no member beside the requester and who "
            "filed it, who cannot approve the own change.",
        )
    return voters


def voice(
    step: Step,
    actor: str,
    asking: Collection[str],
    delegations: Sequence[Delegation],
    wanted: str | None,
    now: datetime,
) -> str:
    """In whose name `actor` votes: their own, or that of a voter whose delegate they are.

    Raises Forbidden for those who asked for the change and whoever is neither, Refused for a vote already
    cast, Invalid where a delegate of several does not say for whom.
    """
    if actor in asking:
        raise Forbidden(
            "own_change",
            "Who asked for a change or filed it does not approve it, not as a delegate either.",
        )
    mine = [each.person for each in delegations if each.delegate == actor and each.holds(now)]
    names = [voter for voter in step.voters if voter == actor or voter in mine]
    if wanted is not None:
        names = [voter for voter in names if voter == wanted]
    if not names:
        raise Forbidden(
            "not_a_voter",
            "You are no voter of this step, nor the delegate of one: nobody votes for another."
            if wanted is None
            else "You are not the delegate of that voter: nobody votes for another.",
        )
    if actor not in names and len(names) > 1:
        raise Invalid("voter_missing", "You are the delegate of several voters; say which one in `voter`.")
    name = actor if actor in names else names[0]
    if name not in step.waiting:
        raise Refused(
            "already_voted",
            "That vote has been cast, and stands."
            + (" For whom you stand in you vote by naming them in `voter`." if len(names) > 1 else ""),
        )
    return name


def refuse_left(left: Collection[str]) -> None:
    """Forbidden where who votes, or who is stood in for, has left since the step began."""
    if left:
        raise Forbidden(
            "deactivated",
            "Who has been deactivated votes no more, nor does anybody in their place. The step waits for the "
            "others; where that cannot be enough, have the change returned to new and ask anew.",
        )


def refuse_late(step: Step, now: datetime) -> None:
    """Refused where the step waits for no vote any more."""
    if step.status != "pending":
        raise Refused("not_pending", f"The step is {step.status}: it takes no more votes.")
    if step.expires_at is not None and step.expires_at <= now:
        raise Refused("expired", "The time to vote is over; the step counts as refused.")


def cast(step: Step, vote: Vote) -> tuple[What, Step]:
    """The step with one more vote, and what that made of it."""
    votes = (*step.votes, vote)
    accepted = sum(each.decision == "accept" for each in votes)
    status = quorum(step.rule, step.percentage, len(step.voters), accepted, len(votes) - accepted)
    after = replace(step, votes=votes, version=step.version + 1, status=status)
    if status == "pending":
        return "voted", after
    return ("accepted" if status == "accepted" else "refused"), replace(after, decided_at=vote.at)


def ended(step: Step, status: Literal["expired", "voided"], at: datetime) -> Step:
    """The step that no vote decides any more."""
    return replace(step, status=status, version=step.version + 1, decided_at=step.decided_at or at)


def tally(rule: Rule, percentage: float | None, voters: Collection[str], votes: Mapping[str, Any]) -> Status:
    """What a rule would make of votes (voter to decision) cast elsewhere."""
    counted = [votes[voter] for voter in voters if voter in votes]
    return quorum(rule, percentage, len(voters), counted.count("accept"), counted.count("refuse"))
