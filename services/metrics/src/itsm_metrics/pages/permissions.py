"""Who may look at which page: what it shows, their role may ask of the API as well."""

from typing import Final

from itsm_metrics.api.permissions import READERS

PERMISSIONS: Final = {
    "show_overview": READERS,
    "show_figures": READERS,
    "show_figure": READERS,
    "show_figure_records": READERS,
    "show_pipeline": READERS,
    "show_pipeline_live": READERS,
}
