"""Which roles may do which operation. admin may do all of it, so no row names it."""

from typing import Final

READERS: Final = frozenset({"manager", "service"})
ADMINS: Final[frozenset[str]] = frozenset()

PERMISSIONS: Final = {
    "list_kpis": READERS,
    "read_kpi": READERS,
    "list_kpi_records": READERS,
    "rebuild_metrics": ADMINS,
    "read_rebuild": ADMINS,
    "read_rebuild_proof": ADMINS,
    "list_sources": READERS | {"agent"},
}
