"""SLA clocks as metrics hears of them: stories told event by event, true to the registered classes."""

from typing import Any, Final

from itsm_chassis.bus.decoding import Received, decode
from itsm_chassis.store.ids import new_id
from itsm_events import Envelope, sla_clock
from itsm_events.sla_clock import SlaClockEvent
from support.incident_events import at

CLASSES: Final[dict[str, type[SlaClockEvent]]] = {
    "attached": sla_clock.SlaClockAttached,
    "paused": sla_clock.SlaClockPaused,
    "resumed": sla_clock.SlaClockResumed,
    "threshold_reached": sla_clock.SlaClockThresholdReached,
    "breached": sla_clock.SlaClockBreached,
    "completed": sla_clock.SlaClockCompleted,
    "cancelled": sla_clock.SlaClockCancelled,
}
STATES: Final = {"attached": "running", "resumed": "running"}


class ClockStory:
    """One clock; every `then` is its next event, with all that was said before still true."""

    def __init__(self, opened: float = 0, *, tenant: str = "acme", **state: Any) -> None:
        self.tenant = tenant
        self.subject = new_id()
        self.told: list[Received] = []
        self.state: dict[str, Any] = {
            "record": str(new_id()),
            "record_type": "incident",
            "policy": "gold",
            "policy_version": 1,
            "calendar": "office",
            "calendar_version": 1,
            "kind": "sla",
            "measure": "resolve",
            "state": "running",
            "breached": False,
            "target_s": 14_400,
            "started_at": at(opened),
            "due_at": at(opened + 240),
            "priority": "P3",
            "priority_at_opening": "P3",
            **state,
        }
        self.then("attached", opened)

    def then(self, what: str, minutes: float, business_s: float = 0, **changes: Any) -> "ClockStory":
        """Something happened so many minutes after the start, after so much business time."""
        self.state |= {"state": STATES.get(what, what), "ended_at": None, "ending": None}
        if what in ("breached", "threshold_reached"):
            self.state |= {"state": "running", "breached": what == "breached"}
        if what in ("completed", "cancelled"):
            ending = "resolved" if what == "completed" else "record_cancelled"
            self.state |= {"ended_at": at(minutes), "ending": ending}
        if what == "completed":
            self.state.setdefault("first_completed_at", at(minutes))
        self.state |= {"business_s": business_s, "elapsed_s": business_s, **changes}
        said = CLASSES[what](**self.state)
        envelope = Envelope(
            id=new_id(),
            source="/itsm/incident",
            type=said.type,
            subject=self.subject,
            sequence=len(self.told) + 1,
            time=at(minutes),
            recordedtime=at(minutes),
            tenant=self.tenant,
            actor="someone",
            data=said.public(self.tenant),
        )
        self.told.append(decode(envelope.text().encode(), len(self.told) + 1))
        return self
