"""The figures of a file of changes, counted straight from its rows: independent of import and metrics."""

from collections.abc import Iterable
from datetime import datetime
from statistics import fmean

from replay.compare import Number
from replay.openstack import Row


def counted(rows: Iterable[Row]) -> dict[str, Number]:
    """What `changes.EXPECTED` names, to the decimals that it gives."""
    known = list(rows)
    undone = [row for row in known if row["reverted_at"]]
    lead = [seconds(row, "proposed_at", "implemented_at") for row in known]
    rate = round(100 * len(undone) / len(known), 3)
    return {
        "changes": len(known),
        "reverts": sum(row["is_revert"] == "1" for row in known),
        "reverted changes: failed": len(undone),
        "change failure rate (%)": rate,
        "change failure rate, at most (%)": rate,
        **spread("lead time", lead),
        **spread("time to revert", [seconds(row, "implemented_at", "reverted_at") for row in undone]),
        "negative lead times": sum(took < 0 for took in lead),
    }


def seconds(row: Row, start: str, end: str) -> float:
    """From one time to the other."""
    return (datetime.fromisoformat(row[end]) - datetime.fromisoformat(row[start])).total_seconds()


def spread(name: str, values: list[float]) -> dict[str, float]:
    """p50, p90 and mean."""
    found = {f"{name} p50 (s)": quantile(values, 0.5), f"{name} p90 (s)": quantile(values, 0.9)}
    found[f"{name} mean (s)"] = fmean(values)
    return {key: round(value, 1) for key, value in found.items()}


def quantile(values: list[float], share: float) -> float:
    """Interpolated linearly, as percentile_cont."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
