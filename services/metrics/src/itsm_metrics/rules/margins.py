"""Which sums of facts are kept ready.

Those of all facts of a measure, and of each value of each of its dimensions; where a share stands beside the
figure, each with what the share is of. A question about two dimensions at once is answered from the facts.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from itsm_metrics.rules.facts import Place
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.kpis.kpi import CHANGE_DETAIL, Kpi

Margin = tuple[str, ...]
"""The columns of a fact that the sums are by, in the order of their names; at most two."""
ADDITIVE: Final = ("duration", "rate", "mean", "count")
"""Kinds whose n and value add up from period to period; the records of a sum may be in several."""
SCATTERED: Final = frozenset(CHANGE_DETAIL)
"""Dimensions with nearly as many values as facts: no sums are kept by these."""


def columns(kpi: Kpi, dimensions: Iterable[str]) -> frozenset[str]:
    """Those that these dimensions are read from; month and measure are what every sum has."""
    return frozenset(
        name if name in Place._fields else "detail"
        for name in dimensions
        if name != "month" and not (name == "kind" and kpi.kinds)
    )


def measures(kpi: Kpi) -> tuple[str, ...]:
    """Of its facts and of those that it leaves out."""
    return kpi.measures + kpi.excluded


def kept() -> dict[str, frozenset[Margin]]:
    """The margins of each measure that some figure adds up."""
    found: dict[str, set[Margin]] = defaultdict(set)
    for kpi in KPIS.values():
        if kpi.kind not in ADDITIVE:
            continue
        beside = columns(kpi, [kpi.share] if kpi.share else [])
        single = columns(kpi, set(kpi.dimensions) - SCATTERED)
        sums = {tuple(sorted(beside | {name})) for name in single} | {tuple(sorted(beside))}
        for measure in measures(kpi):
            found[measure] |= sums
    return {measure: frozenset(sums) for measure, sums in sorted(found.items())}


MARGINS: Final[Mapping[str, frozenset[Margin]]] = kept()
SPREAD: Final = frozenset(
    measure for kpi in KPIS.values() if kpi.kind == "duration" for measure in kpi.measures
)
"""Measures whose sums have a histogram beside them."""
SHAPE: Final = hashlib.sha256(
    repr([*((name, sorted(sums)) for name, sums in MARGINS.items()), sorted(SPREAD)]).encode()
).hexdigest()
"""What tells sums kept by one version of this service from those of another."""


def asked(kpi: Kpi, group: str | None, filters: Iterable[str]) -> Margin | None:
    """The sums that answer a question about these dimensions; None where none are kept."""
    dimensions = {name for name in (group, kpi.share, *filters) if name is not None}
    if kpi.kind not in ADDITIVE or dimensions & SCATTERED:
        return None
    margin = tuple(sorted(columns(kpi, dimensions)))
    return margin if all(margin in MARGINS[measure] for measure in measures(kpi)) else None
