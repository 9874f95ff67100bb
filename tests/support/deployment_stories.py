"""Deployments as metrics hears of them: stories told event by event."""

from typing import Any, Final, Self

from itsm_events import Event, deployment
from support.change_stories import SOURCE, ChangeStory
from support.incident_events import at
from support.said_events import Told

SAID: Final[dict[str, type[Event]]] = {
    "running": deployment.DeploymentStarted,
    "succeeded": deployment.DeploymentSucceeded,
    "failed": deployment.DeploymentFailed,
    "rolled_back": deployment.DeploymentRolledBack,
}


class DeploymentStory(Told):
    """A deployment to production; every `then` is its next word, so many minutes after the start."""

    def __init__(
        self, started: float = 0, service: str = "mail", *, of: ChangeStory | None = None, **state: Any
    ) -> None:
        super().__init__("acme", SOURCE)
        self.state = {"external_id": f"build-{self.subject}", "service": service, "commit": "9f2c1e"}
        self.state |= {"environment": "production", "started_at": at(started)}
        self.state |= {"change_id": str(of.subject) if of else None} | state
        self.name: str = self.state["external_id"]
        self.then(started, "running")

    def then(self, minutes: float, outcome: str, **changes: Any) -> Self:
        """Its outcome."""
        if outcome != "running":
            changes = {"finished_at": self.state.get("finished_at") or at(minutes)} | changes
        if outcome == "rolled_back":
            changes = {"rolled_back_at": at(minutes)} | changes
        return self.say(SAID[outcome], at(minutes), outcome=outcome, **changes)
