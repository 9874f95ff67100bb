"""The catalogue of figures as a document: `python -m itsm_metrics.rules.kpis.document > KPIS.md`."""

from collections.abc import Iterable, Iterator
from typing import Final

from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.kpis.kpi import Kpi

UNITS: Final = {"s": "seconds", "ratio": "ratio", "count": "count", "money": "money"}
HEAD: Final = """\
# The figures of metrics

Generated from the code by `make generate`: change `src/itsm_metrics/rules/kpis`, not this file.
`GET /v1/kpis` answers the same. Each figure has a period, [`from`, `to`), and can be grouped and filtered by
its dimensions.
"""


def document(kpis: Iterable[Kpi]) -> str:
    """Markdown: a table with a row for each figure."""
    return "\n".join([HEAD, *rows(kpis), ""])


def rows(kpis: Iterable[Kpi]) -> Iterator[str]:
    """The lines of the table."""
    columns = ("Figure", "Name", "Practice", "Good", "Unit", "Formula", "Version", "Dimensions")
    yield row(columns)
    yield row(["---"] * len(columns))
    for kpi in kpis:
        dimensions = ", ".join(f"`{name}`" for name in kpi.dimensions)
        names = (f"`{kpi.slug}`", kpi.name, kpi.practice, kpi.direction or "neutral")
        yield row((*names, UNITS[kpi.unit], kpi.formula, str(kpi.formula_version), dimensions))


def row(cells: Iterable[str]) -> str:
    """One line of it."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    print(document(KPIS.values()), end="")  # noqa: T201  # what it is for
