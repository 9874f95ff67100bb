"""A deployment as its pipeline tells of it, and what a later word about it may change."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from itsm_chassis.errors import FieldError, Refused

from itsm_change.rules.card import written
from itsm_change.rules.lifecycle import SKEW, wrong
from itsm_change.rules.obstacles import Obstacle

Environment = Literal["production", "staging", "test", "development"]
Outcome = Literal["running", "succeeded", "failed", "rolled_back"]

FOLLOWING: Final[dict[Outcome, frozenset[Outcome]]] = {
    "running": frozenset({"succeeded", "failed", "rolled_back"}),
    "succeeded": frozenset({"rolled_back"}),
    "failed": frozenset({"rolled_back"}),
    "rolled_back": frozenset(),
}
TIMES: Final = ("first_commit_at", "started_at", "finished_at", "rolled_back_at")
LATER: Final = frozenset({"commit_times", "first_commit_at", "release", "reverts", "fixes"})
"""What may still be told with an outcome, where it was not told before."""

MOVING: Final = frozenset({"outcome", "finished_at", "rolled_back_at", "url"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Field by field as it is shown. `change`, `template` and `release` are what the pipeline named;
    `opened_change` says that the change was opened for this deployment, which then also ends it.
    """

    id: str
    version: int = 1
    external_id: str
    service: str
    environment: Environment
    commit: str
    commit_times: tuple[datetime, ...] = ()
    first_commit_at: datetime | None = None
    started_at: datetime
    finished_at: datetime | None = None
    rolled_back_at: datetime | None = None
    outcome: Outcome = "running"
    change: str | None = None
    template: str | None = None
    change_id: str | None = None
    change_number: str | None = None
    opened_change: bool = False
    unauthorized: bool = False
    obstacles: tuple[Obstacle, ...] = ()
    release: str | None = None
    release_id: str | None = None
    release_number: str | None = None
    reverts: str | None = None
    fixes: str | None = None
    url: str | None = None


def shaped(given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as the state has them: commit times in order, the first of them beside."""
    fields = dict(given)
    if fields.get("commit_times"):
        fields["commit_times"] = tuple(sorted(set(fields["commit_times"])))
        fields["first_commit_at"] = fields["commit_times"][0]
    return fields


def begun(identity: str, given: Mapping[str, Any], now: datetime) -> Deployment:
    """A deployment of which nothing was told so far, as it was when it started."""
    fields = {name: value for name, value in given.items() if name not in MOVING or name == "url"}
    made = Deployment(id=identity, **fields)
    check(made, now)
    return made


def ended(before: Deployment, given: Mapping[str, Any], now: datetime) -> Deployment | None:
    """The deployment after another word about it: None where all of it was told before.

    Refused where it goes back to an earlier outcome, or says otherwise what was said already.
    """
    outcome: Outcome = given["outcome"]
    moves = outcome != before.outcome
    if moves and outcome not in FOLLOWING[before.outcome]:
        raise Refused(
            "illegal_outcome",
            f"The deployment {before.external_id} {said(before.outcome)}: it cannot become {outcome}. "
            "A new attempt is a new deployment with an external_id of its own.",
        )
    refuse_other(before, given, moves=moves)
    if not moves:
        return None
    fields = {name: given[name] for name in (*LATER, "url") if given.get(name) is not None}
    at = given.get("rolled_back_at") or given.get("finished_at") or now
    if outcome == "rolled_back":
        fields["rolled_back_at"] = given.get("rolled_back_at") or max(now, before.finished_at or now)
        at = given.get("finished_at") or fields["rolled_back_at"]
    fields["finished_at"] = before.finished_at or at
    after = replace(before, **fields, outcome=outcome, version=before.version + 1)
    check(after, now)
    return after


def said(outcome: Outcome) -> str:
    """An outcome as a predicate."""
    return {"running": "is running", "rolled_back": "was rolled back"}.get(outcome, outcome)


def refuse_other(before: Deployment, given: Mapping[str, Any], *, moves: bool) -> None:
    """Refused where a field differs from what was told; what is new may come with an outcome."""
    differing = []
    for name, value in given.items():
        known = getattr(before, name)
        fresh = moves and not known and name in LATER | {"finished_at", "rolled_back_at"}
        if value is None or name in ("outcome", "url") or fresh or value == known:
            continue
        sentence = f"{name} was told otherwise before."
        differing.append(FieldError(f"/{name}", "told_otherwise", sentence))
    if differing:
        raise Refused(
            "told_otherwise",
            f"There is a deployment {before.external_id} already, and this tells of it otherwise: "
            f"{', '.join(each.pointer[1:] for each in differing)}. A later call may give the outcome; "
            "another deployment needs another external_id.",
            tuple(differing),
        )


def check(state: Deployment, now: datetime) -> None:
    """Invalid where a time lies in the future, or an end before its beginning."""
    for name in ("started_at", "finished_at", "rolled_back_at"):
        moment = getattr(state, name)
        if moment is not None and moment > now + SKEW:
            raise wrong(name, f"{name} lies in the future: only what has happened is told.")
    if state.finished_at is not None and state.finished_at < state.started_at:
        raise wrong("finished_at", "finished_at must not lie before started_at.")
    if state.rolled_back_at is not None and state.rolled_back_at < (state.finished_at or state.started_at):
        raise wrong("rolled_back_at", "rolled_back_at must not lie before finished_at.")


def write(state: Deployment) -> str:
    """JSON text."""
    data: dict[str, Any] = asdict(state)
    data |= {name: written(data[name]) for name in TIMES if data[name] is not None}
    data["commit_times"] = [written(each) for each in state.commit_times]
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Deployment:
    """The deployment behind a card."""
    data: dict[str, Any] = json.loads(text)
    data |= {name: datetime.fromisoformat(data[name]) for name in TIMES if data[name] is not None}
    data["commit_times"] = tuple(datetime.fromisoformat(each) for each in data["commit_times"])
    data["obstacles"] = tuple(Obstacle(**each) for each in data["obstacles"])
    return Deployment(**data)
