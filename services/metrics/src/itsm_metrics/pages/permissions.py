"""Who may look at which page: what it shows, their role may ask of the API as well."""

from typing import Final

from itsm_metrics.api.permissions import WORK

PERMISSIONS: Final = {
    "show_overview": WORK,
    "show_figures": WORK,
    "show_figure": WORK,
    "show_figure_records": WORK,
    "show_pipeline": WORK,
    "show_pipeline_live": WORK,
}
