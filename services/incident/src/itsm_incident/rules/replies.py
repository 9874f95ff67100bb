"""What a comment does beside being said."""

from typing import Literal

from itsm_incident.rules.incident import Incident

Effect = Literal["none", "resume", "follow"]


def effect(incident: Incident, author: str, visibility: str) -> Effect:
    """A caller's public comment resumes an incident that waits for the caller; on a closed one it opens
    a new, linked incident.
    """
    if author != incident.caller or visibility != "public":
        return "none"
    if incident.status == "on_hold" and incident.hold_reason == "caller":
        return "resume"
    return "follow" if incident.status == "closed" else "none"
