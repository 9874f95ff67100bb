"""Which roles may do which operation. admin may do all of it, so no row names it."""

from typing import Final

READERS: Final = frozenset({"agent", "manager", "change_manager", "service"})

PERMISSIONS: Final = {
    "list_kpis": READERS,
    "read_kpi": READERS,
    "list_kpi_records": READERS,
    "list_sources": READERS,
}
