"""All events of one deployment, in any order and any number of times -> what is known of it at its end."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from itsm_metrics.rules.facts import Deployed, Facts, Place
from itsm_metrics.rules.findings import NEGATIVE, counted
from itsm_metrics.rules.walk import inorder, moment


class Step(NamedTuple):
    """The deployment after one event; `said` is None until it has ended, and outside production."""

    sequence: int
    event: str
    said: Deployed | None


def step(said: Mapping[str, Any]) -> Step:
    """One event's envelope as a step."""
    state = said["data"]
    at = moment(state.get("finished_at"))
    if state["environment"] != "production" or state["outcome"] == "running" or at is None:
        return Step(said["sequence"], said["id"], None)
    return Step(said["sequence"], said["id"], deployed(state, said["subject"], at))


def deployed(state: Mapping[str, Any], subject: str, at: datetime) -> Deployed:
    """A production deployment that has ended.

    Those of one release are one, as are those of one change: `unit` names what counts once for a service.
    """
    change = state.get("change_id")
    release = state.get("release_number") or state.get("release")
    return Deployed(
        at,
        state["service"],
        f"release {release}" if release else f"change {change}" if change else f"deployment {subject}",
        UUID(change) if change else None,
        state["external_id"],
        state.get("reverts") or state.get("fixes"),
        moment(state.get("first_commit_at")),
        state["outcome"] != "succeeded",
        moment(state.get("rolled_back_at")),
        state.get("template"),
    )


def fold(steps: Iterable[Step]) -> Facts:
    """The last event's word."""
    said = inorder(steps)[-1].said
    if said is None:
        return Facts()
    early = said.committed_at is not None and said.committed_at > said.at
    odd = [(said.at, Place(service=said.service), NEGATIVE)] if early else []
    return Facts(counted(odd), deployments=[said])
