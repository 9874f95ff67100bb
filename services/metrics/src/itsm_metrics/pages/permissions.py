"""Who may look at which page: whoever may ask the API for what it shows."""

from typing import Final

from itsm_metrics.api.permissions import PERMISSIONS as API

PERMISSIONS: Final = {
    "show_overview": API["read_kpi"],
    "show_figures": API["list_kpis"],
    "show_figure": API["read_kpi"],
    "show_figure_records": API["list_kpi_records"],
    "show_improvements": API["list_improvements"],
    "show_improvement": API["read_improvement"],
    "show_flow": API["read_flow"],
    "show_flow_drawing": API["draw_flow"],
    "show_scorecard": API["read_scorecard"],
    "show_pipeline": API["list_sources"],
    "show_pipeline_live": API["list_sources"],
}
