"""Lines of a figure as SVG, so that a picture needs no script."""

from collections.abc import Sequence
from itertools import groupby

WIDTH, HEIGHT, MARGIN = 240, 56, 4

Point = tuple[float, float]


def strokes(values: Sequence[float | None], width: int = WIDTH, height: int = HEIGHT) -> list[str]:
    """The points of each unbroken line; a value that is not known breaks it. A lone value is a short dash."""
    known = [value for value in values if value is not None]
    if not known:
        return []
    low, high = min(0, *known), max(known)
    step = (width - 2 * MARGIN) / max(len(values) - 1, 1)
    reach = (high - low) or 1

    def point(index: int, value: float) -> Point:
        return MARGIN + index * step, height - MARGIN - (value - low) / reach * (height - 2 * MARGIN)

    found = []
    for is_known, run in groupby(enumerate(values), key=lambda pair: pair[1] is not None):
        if is_known:
            points = [point(index, value) for index, value in run if value is not None]
            if len(points) == 1:
                points = [(points[0][0] - 2, points[0][1]), (points[0][0] + 2, points[0][1])]
            found.append(" ".join(f"{x:.1f},{y:.1f}" for x, y in points))
    return found
