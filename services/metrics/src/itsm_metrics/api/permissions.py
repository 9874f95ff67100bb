"""Which roles may do which operation. admin may do all of it, so no row names it."""

from typing import Final

READERS: Final = frozenset({"manager", "service"})
WHO_HAS_THE_LINK: Final = frozenset({"requester"})
"""A signed link lets its holder in as a requester; bearer tokens do not open these."""
WORK: Final = frozenset({"agent", "manager", "change_manager", "service"})
"""They see what could be better, and make it so."""
DECIDE: Final = frozenset({"manager", "change_manager"})
"""They say what is done about it."""
ADMINS: Final[frozenset[str]] = frozenset()

PERMISSIONS: Final = {
    "list_kpis": WORK,
    "read_kpi": WORK,
    "list_kpi_records": WORK,
    "list_kpi_revisions": WORK,
    "rebuild_metrics": ADMINS,
    "read_rebuild": ADMINS,
    "read_rebuild_proof": ADMINS,
    "list_sources": WORK,
    "import_surveys": frozenset({"service"}),
    "read_flow": WORK,
    "draw_flow": WORK,
    "export_flow_xes": WORK,
    "export_flow_ocel": WORK,
    "list_surveys": READERS,
    "read_survey": READERS,
    "read_survey_link": frozenset({"service"}),
    "read_linked_survey": WHO_HAS_THE_LINK,
    "answer_linked_survey": WHO_HAS_THE_LINK,
    "show_survey_page": WHO_HAS_THE_LINK,
    "answer_survey_page": WHO_HAS_THE_LINK,
    "issue_survey_policy": frozenset({"manager"}),
    "list_survey_policies": READERS,
    "read_survey_policy": READERS,
    "register_improvement": WORK,
    "list_improvements": WORK,
    "read_improvement": WORK,
    "edit_improvement": WORK,
    "list_improvement_transitions": WORK,
    "transition_improvement": DECIDE,
    "work_on_improvement_step": WORK,
    "measure_improvement_effect": WORK,
    "add_improvement_comment": WORK,
    "list_improvement_comments": WORK,
    "read_improvement_comment": WORK,
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
    "define_success_factor": DECIDE,
    "list_success_factors": WORK,
    "read_success_factor": WORK,
    "edit_success_factor": DECIDE,
    "retire_success_factor": DECIDE,
    "define_target": DECIDE,
    "list_targets": WORK,
    "read_target": WORK,
    "edit_target": DECIDE,
    "retire_target": DECIDE,
    "read_target_timeline": WORK,
    "evaluate_targets": DECIDE | {"service"},
    "read_scorecard": WORK,
}
