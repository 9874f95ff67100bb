"""What a requester may see and do; everybody else on the desk sees all of the tenant."""

from collections.abc import Set

from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.errors import Forbidden

from itsm_incident.rules.incident import Incident


def may_open_for(roles: Set[str], actor: str, caller: str) -> None:
    """A requester opens incidents for nobody else."""
    if not is_staff(roles) and caller != actor:
        raise Forbidden("forbidden_caller", "A requester opens incidents for themselves; leave out `caller`.")


def may_say(roles: Set[str], visibility: str) -> None:
    """Internal comments are the desk's."""
    if visibility == "internal" and not is_staff(roles):
        raise Forbidden("forbidden_visibility", "Internal comments belong to the desk; yours are public.")


def may_move(roles: Set[str], actor: str, incident: Incident, to: str) -> str | None:
    """Why the actor may not make this transition, or None.

    Callers own their need: they may withdraw it (cancelled), and say that a resolution did not hold
    (resolved to in_progress). The rest is the desk's work.
    """
    if is_staff(roles):
        return None
    mine = actor in (incident.caller, incident.opened_by)
    if mine and (to == "cancelled" or (to == "in_progress" and incident.status == "resolved")):
        return None
    return "Requesters can cancel their own incident, or reopen it once resolved; the rest is the desk's."
