"""Where the activities of a drawn process stand, and how its transitions run between them.

The activities stand below one another, in the order in which cases come to them. A transition onwards is an
arc on the right, one back an arc on the left, the wider the more it skips: so the labels at their tops,
those of one height being as far apart as their arcs, never lie on one another.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from itsm_metrics.rules.flow.figures import Edge, Flow

ACTIVITIES: Final = 16
TRANSITIONS: Final = 30
"""Drawn at most, the most frequent ones."""
TONES: Final = 4


class Stop(NamedTuple):
    """An activity and what is said of it."""

    name: str
    n: int
    begins: int
    ends: int
    repeats: int


class Arc(NamedTuple):
    """A transition between two rows; `tone` is how long it takes beside the others, 0 to 3."""

    edge: Edge
    start: int
    end: int
    tone: int
    worst: bool

    @property
    def span(self) -> int:
        """How many rows it goes, back below zero."""
        return self.end - self.start


class Picture(NamedTuple):
    """What is drawn, and how much is not."""

    stops: Sequence[Stop]
    arcs: Sequence[Arc]
    activities_left: int
    transitions_left: int


def pictured(flow: Flow) -> Picture:
    """The most frequent activities and the most frequent transitions between them."""
    counts = dict(flow.activities[:ACTIVITIES])
    rows = {name: row for row, name in enumerate(sorted(counts, key=lambda name: (flow.places[name], name)))}
    repeats = {edge.before: edge.n for edge in flow.edges if edge.before == edge.after}
    moves = [edge for edge in flow.edges if edge.before != edge.after]
    drawn = [edge for edge in moves if edge.before in rows and edge.after in rows][:TRANSITIONS]
    slow = sorted(edge.wait.p50 for edge in drawn)
    starts, ends = dict(flow.starts), dict(flow.ends)
    return Picture(
        [Stop(n, counts[n], starts.get(n, 0), ends.get(n, 0), repeats.get(n, 0)) for n in rows],
        [
            Arc(
                edge,
                rows[edge.before],
                rows[edge.after],
                slow.index(edge.wait.p50) * TONES // len(slow),
                edge == flow.bottleneck,
            )
            for edge in drawn
        ],
        len(flow.activities) - len(rows),
        len(moves) - len(drawn),
    )
