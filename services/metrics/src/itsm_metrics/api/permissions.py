"""Which roles may do which operation. admin may do all of it, so no row names it."""

from typing import Final

READERS: Final = frozenset({"manager", "service"})
WORK: Final = frozenset({"agent", "manager", "change_manager", "service"})
"""They see what could be better, and make it so."""
DECIDE: Final = frozenset({"manager", "change_manager"})
"""They say what is done about it."""

PERMISSIONS: Final = {
    "list_kpis": READERS,
    "read_kpi": READERS,
    "list_kpi_records": READERS,
    "list_sources": READERS | {"agent"},
    "register_improvement": WORK,
    "list_improvements": WORK,
    "read_improvement": WORK,
    "edit_improvement": WORK,
    "list_improvement_transitions": WORK,
    "transition_improvement": DECIDE,
    "work_on_improvement_step": WORK,
    "measure_improvement_effect": WORK,
    "read_improvement_timeline": WORK,
    "scan_findings": DECIDE | {"service"},
    "list_findings": WORK,
    "read_finding": WORK,
    "propose_finding": WORK,
    "dismiss_finding": DECIDE,
    "read_finding_timeline": WORK,
    "issue_watch_policy": DECIDE,
    "list_watch_policies": WORK,
    "read_watch_policy": WORK,
}
