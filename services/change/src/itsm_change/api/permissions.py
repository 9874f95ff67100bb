"""Which roles may do which operation. admin may do all of it, so no row names it.

Requesters see only their own changes; what they may move is decided by rules/access, who may vote by the
members of the group that is asked.
"""

from typing import Final

from itsm_chassis.auth.permissions import ROLES, STAFF

WORK: Final = frozenset({"agent", "change_manager", "service"})
"""They plan and implement changes."""
DESIGN: Final = frozenset({"change_manager", "manager"})
"""They decide how changes are approved."""
ACCEPTING: Final = frozenset({"change_manager"})
"""They answer for two changes at the same time."""

PERMISSIONS: Final = {
    "request_change": ROLES,
    "list_changes": ROLES,
    "read_change": ROLES,
    "edit_change": WORK,
    "list_transitions": ROLES,
    "transition_change": WORK | {"requester"},
    "import_changes": frozenset({"service"}),
    "detect_change": frozenset({"service"}),
    "add_comment": ROLES,
    "list_comments": ROLES,
    "read_comment": ROLES,
    "read_timeline": ROLES,
    "list_caused_incidents": STAFF,
    "judge_caused_incident": WORK | {"manager"},
    "open_task": WORK,
    "list_tasks": ROLES,
    "edit_task": WORK,
    "list_approvals": ROLES,
    "read_approval": ROLES,
    "vote": ROLES,
    "issue_approval_policy": DESIGN,
    "retire_approval_policy": DESIGN,
    "list_approval_policies": STAFF,
    "read_approval_policy": STAFF,
    "dry_run_approval_policy": DESIGN | {"service"},
    "publish_template": DESIGN,
    "edit_template": DESIGN,
    "list_templates": ROLES,
    "read_template": ROLES,
    "call_meeting": DESIGN,
    "edit_meeting": DESIGN,
    "list_meetings": STAFF,
    "read_meeting": STAFF,
    "schedule_maintenance_window": DESIGN,
    "edit_maintenance_window": DESIGN,
    "cancel_maintenance_window": DESIGN,
    "list_maintenance_windows": ROLES,
    "read_maintenance_window": ROLES,
    "declare_freeze": DESIGN,
    "edit_freeze": DESIGN,
    "lift_freeze": DESIGN,
    "list_freezes": ROLES,
    "read_freeze": ROLES,
    "list_conflicts": STAFF,
    "accept_conflict": ACCEPTING,
    "read_risk": ROLES,
    "find_first_free_slot": STAFF,
    "ask_gate_of_change": STAFF,
    "ask_gate": STAFF,
    "read_change_calendar": STAFF,
    "make_calendar_link": STAFF,
    "list_calendar_links": STAFF,
    "revoke_calendar_link": STAFF,
    "read_calendar_feed": STAFF,
    "issue_risk_model": DESIGN,
    "list_risk_models": STAFF,
    "read_risk_model": STAFF,
    "plan_release": WORK,
    "list_releases": STAFF,
    "read_release": STAFF,
    "edit_release": WORK,
    "add_release_change": WORK,
    "remove_release_change": WORK,
    "list_release_transitions": STAFF,
    "transition_release": WORK,
    "read_release_timeline": STAFF,
    "tell_deployment": frozenset({"service"}),
    "list_deployments": STAFF,
    "read_deployment": STAFF,
}
