"""Adding cases up, one at a time: memory grows with what is different, not with what is the same."""

from array import array
from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from itsm_metrics.rules.flow.cases import Case, repeats, returns
from itsm_metrics.rules.flow.figures import (
    Conformance,
    Edge,
    Example,
    Flow,
    Illegal,
    Rework,
    Variant,
    ranked,
    waits,
)
from itsm_metrics.rules.flow.lifecycles import legal
from itsm_metrics.rules.walk import between

if TYPE_CHECKING:
    from datetime import datetime

EXAMPLES: Final = 5
"""Records named beside an illegal transition."""

Odd = tuple[str | None, str]


class Tally:
    """What has been counted so far of a process."""

    def __init__(self, process: str) -> None:
        """Nothing yet."""
        self.process = process
        self.cases = self.events = self.negative = self.conforming = 0
        self.fresh: datetime | None = None
        self.excluded = {"incomplete": 0, "without_activity": 0}
        self.variants: Counter[tuple[str, ...]] = Counter()
        self.activities: Counter[str] = Counter()
        self.places: defaultdict[str, float] = defaultdict(float)
        self.starts: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.waits: dict[tuple[str, str], array[int]] = {}
        self.rework: dict[str, Counter[str]] = {
            name: Counter() for name in ("ping_pong", "loops", "repeats", "any")
        }
        self.illegal: Counter[Odd] = Counter()
        self.examples: dict[Odd, list[Example]] = {}

    def add(self, case: Case) -> None:
        """Count a case, or count that it cannot be."""
        if not case.whole:
            self.excluded["incomplete"] += 1
            return
        if not case.visits:
            self.excluded["without_activity"] += 1
            return
        self.fresh = max(filter(None, (self.fresh, *(step.recorded for step in case.steps))))
        names = tuple(visit.activity for visit in case.visits)
        self.cases += 1
        self.events += len(names)
        self.variants[names] += 1
        self.activities.update(names)
        for index, name in enumerate(names):
            self.places[name] += index / max(1, len(names) - 1)
        self.starts[names[0]] += 1
        self.ends[names[-1]] += 1
        for before, after in pairwise(case.visits):
            waited = between(before.time, after.time)
            self.negative += waited < 0
            self.waits.setdefault((before.activity, after.activity), array("q")).append(waited)
        self.again(case, names)
        self.judge(case)

    def again(self, case: Case, names: tuple[str, ...]) -> None:
        """Count what was done once more."""
        found = {"ping_pong": returns(case.groups), "loops": returns(names), "repeats": repeats(names)}
        found["any"] = sum(found.values())
        for name, times in found.items():
            self.rework[name] += Counter(cases=times > 0, times=times)

    def judge(self, case: Case) -> None:
        """Count what the declared lifecycle does not allow, with some records that did it."""
        odd: list[Odd] = []
        before = None
        for after in case.turns:
            kinds = frozenset({after.kind} if before is None else {before.kind, after.kind})
            came_from = None if before is None else before.status
            if not legal(self.process, kinds, came_from, after.status):
                odd.append((came_from, after.status))
            before = after
        self.conforming += not odd
        self.illegal.update(odd)
        for each in set(odd):
            shown = self.examples.setdefault(each, [])
            if len(shown) < EXAMPLES:
                shown.append(Example(case.record, case.name))

    def flow(self) -> Flow:
        """The figures of all that was counted."""
        edges = [Edge(*pair, len(found), waits(found)) for pair, found in self.waits.items()]
        edges.sort(key=lambda edge: (-edge.n, edge.before, edge.after))
        slowest = max(edges, key=lambda edge: edge.wait.total, default=None)
        variants = sorted(self.variants.items(), key=lambda item: (-item[1], item[0]))
        odd = sorted(self.illegal.items(), key=lambda item: (-item[1], item[0][0] or "", item[0][1]))
        return Flow(
            cases=self.cases,
            events=self.events,
            activities=ranked(self.activities),
            variants=[Variant(names, count, count / self.cases) for names, count in variants],
            places={name: place / self.activities[name] for name, place in self.places.items()},
            edges=edges,
            starts=ranked(self.starts),
            ends=ranked(self.ends),
            rework={
                name: Rework(
                    found["cases"], found["times"], found["cases"] / self.cases if self.cases else None
                )
                for name, found in self.rework.items()
            },
            bottleneck=slowest if slowest and slowest.wait.total > 0 else None,
            conformance=Conformance(
                self.conforming,
                self.conforming / self.cases if self.cases else None,
                [Illegal(*pair, count, self.examples[pair]) for pair, count in odd],
            ),
            excluded=self.excluded,
            negative_waits=self.negative,
            fresh_as_of=self.fresh,
        )
