"""Which roles may do which operation. admin may do all of it, so no row names it.

Requesters see only their own (opened, caller of, watched); what they may move is decided by rules/access.
"""

from typing import Final

EVERYBODY: Final = frozenset({"requester", "agent", "manager", "change_manager", "service"})
STAFF: Final = EVERYBODY - {"requester"}
DESK: Final = frozenset({"agent", "service"})

PERMISSIONS: Final = {
    "open_incident": EVERYBODY,
    "list_incidents": EVERYBODY,
    "read_incident": EVERYBODY,
    "edit_incident": DESK,
    "assign_incident": DESK,
    "transition_incident": DESK | {"requester"},
    "list_transitions": EVERYBODY,
    "add_comment": EVERYBODY,
    "list_comments": EVERYBODY,
    "read_comment": EVERYBODY,
    "read_timeline": EVERYBODY,
    "add_watcher": EVERYBODY,
    "list_watchers": EVERYBODY,
    "remove_watcher": EVERYBODY,
    "read_sla": EVERYBODY,
    "explain_sla": EVERYBODY,
    "recompute_sla": frozenset({"manager", "service"}),
    "dry_run_sla": frozenset({"manager", "service"}),
    "define_escalation_rule": frozenset({"manager"}),
    "change_escalation_rule": frozenset({"manager"}),
    "read_escalation_rule": STAFF,
    "list_escalation_rules": STAFF,
    "list_suspects": STAFF,
    "import_history": frozenset({"service"}),
}
