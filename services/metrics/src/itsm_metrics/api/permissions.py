"""Which roles may do which operation. admin may do all of it, so no row names it."""

from typing import Final

READERS: Final = frozenset({"manager", "service"})
WHO_HAS_THE_LINK: Final = frozenset({"requester"})
"""A signed link lets its holder in as a requester; bearer tokens do not open these."""

PERMISSIONS: Final = {
    "list_kpis": READERS,
    "read_kpi": READERS,
    "list_kpi_records": READERS,
    "read_flow": READERS,
    "draw_flow": READERS,
    "export_flow_xes": READERS,
    "export_flow_ocel": READERS,
    "list_sources": READERS | {"agent"},
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
}
