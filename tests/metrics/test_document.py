"""The document of the catalogue says what the code does."""

from pathlib import Path

from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.kpis.document import document

WRITTEN = Path(__file__).parents[2] / "services" / "metrics" / "KPIS.md"


def test_the_document_is_what_make_generate_writes() -> None:
    assert WRITTEN.read_text() == document(KPIS.values()), "run `make generate`"


def test_every_figure_has_a_row_with_its_formula_and_its_dimensions() -> None:
    rows = [line for line in document(KPIS.values()).splitlines() if line.startswith("| `")]
    assert len(rows) == len(KPIS)
    for row, kpi in zip(rows, KPIS.values(), strict=True):
        assert row.startswith(f"| `{kpi.slug}` |")
        assert kpi.formula in row
        assert f"| {kpi.practice} | {kpi.direction or 'neutral'} |" in row
        assert all(f"`{name}`" in row for name in kpi.dimensions)
