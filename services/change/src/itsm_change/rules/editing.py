"""Edits that ask for no state: what may change when, and what an edit does to approvals."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from itsm_chassis.errors import Refused

from itsm_change.rules.change import ENDED, UNDER_WAY, Change, Event, Finding, RiskInputs, What, record
from itsm_change.rules.lifecycle import check_times

MATERIAL: Final = frozenset(
    {
        "service",
        "affected_services",
        "configuration_items",
        "planned_start",
        "planned_end",
        "plan",
        "test_plan",
        "backout_plan",
        "backout_tested",
        "risk_inputs",
    }
)
"""What is approved: an edit voids the approval, and from implement on there is none.

What is done is the plan: title and description say it to people, and may be put better at any time.
"""

ONLY_IN_NEW: Final = frozenset({"change_type", "template"})

AFTER_THE_END: Final = frozenset(
    {"related", "reverts", "backed_out", "backed_out_at", "review_note", "findings"}
)
"""What may still be learned about a closed change."""

ACTUAL: Final = frozenset({"actual_start", "actual_end"})

REVIEW: Final = frozenset({"review_note", "findings"})


def shaped(given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as the state has them: tuples for lists, null for an empty list, objects as values."""
    fields = dict(given)
    for name in ("affected_services", "configuration_items", "related"):
        if name in fields:
            fields[name] = tuple(dict.fromkeys(fields[name] or ()))
    if "findings" in fields:
        fields["findings"] = tuple(Finding(**each) for each in fields["findings"] or ())
    if fields.get("risk_inputs") is not None:
        fields["risk_inputs"] = RiskInputs(**fields["risk_inputs"])
    return fields


def edit(change: Change, given: Mapping[str, Any], now: datetime) -> Event | None:
    """Change fields; None where every one has that value already. Refused for what is locked.

    A material edit of what is being approved, or was, is an `authorization_voided`: the caller voids the
    steps, and asks anew where the change is in authorize then.
    """
    changes = {name: value for name, value in shaped(given).items() if getattr(change, name) != value}
    if not changes:
        return None
    refuse_locked(change, changes)
    what: What = "updated"
    if changes.get("backed_out"):
        what = "backed_out"
        changes["backed_out_at"] = changes.get("backed_out_at") or change.backed_out_at or now
    elif "backed_out" in changes:
        changes["backed_out_at"] = None
    elif changes.keys() <= REVIEW:
        what = "reviewed"
    if changes.keys() & MATERIAL and change.status in ("authorize", "scheduled") and not change.unauthorized:
        what = "authorization_voided"
        changes |= voided(change)
    event = record(change, what, changes["backed_out_at"] if what == "backed_out" else now, now, changes)
    check_times(event.state, now)
    return event


def voided(change: Change) -> dict[str, Any]:
    """What losing its approval does to a change: back to authorize, or out of the standard path."""
    if change.change_type == "standard":
        return {"status": "new", "change_type": "normal", "approval": "not_asked"}
    return {"status": "authorize", "approval": "pending", "approved_at": None}


def refuse_locked(change: Change, changes: Mapping[str, Any]) -> None:
    """Refused for fields that can no longer change, or not yet."""
    if change.status in ENDED and (locked := sorted(set(changes) - AFTER_THE_END)):
        raise Refused(
            "record_ended",
            f"The change is {change.status}: {', '.join(locked)} can no longer change, "
            f"only {', '.join(sorted(AFTER_THE_END))}.",
        )
    if change.status in UNDER_WAY and (locked := sorted(set(changes) & MATERIAL)):
        raise Refused(
            "locked", f"The change is in {change.status}: what was approved ({', '.join(locked)}) is locked."
        )
    if set(changes) & ONLY_IN_NEW and (change.status != "new" or change.approval != "not_asked"):
        raise Refused(
            "type_fixed",
            "Type and template can change only in new, and only before any approval was asked; "
            "cancel the change and request another one.",
        )
    if set(changes) & {"backed_out", "backed_out_at"} and change.status not in (
        "implement",
        "review",
        "closed",
    ):
        raise Refused("not_implemented", "What is not being implemented cannot be backed out.")
    if set(changes) & ACTUAL and change.status not in ("implement", "review") and not change.unauthorized:
        raise Refused("not_implemented", "What has not begun has no actual times.")
    if set(changes) & REVIEW and change.status not in ("review", "closed"):
        raise Refused("not_implemented", "A review is written once the change is implemented.")
