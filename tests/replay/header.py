"""Counting, while a log is read, what its header publishes about it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from replay.volvo import Trace


class Header:
    """The counts so far."""

    def __init__(self) -> None:
        """Nothing read yet."""
        self.statuses: Counter[str] = Counter()
        self.cases = 0
        self._variants: set[tuple[str, ...]] = set()
        self._duration_s = 0.0

    def watch(self, traces: Iterable[Trace]) -> Iterator[Trace]:
        """Pass every case on, counted."""
        for name, events in traces:
            subs = [event["lifecycle:transition"] for event in events]
            times = [datetime.fromisoformat(event["time:timestamp"]) for event in events]
            self.cases += 1
            self.statuses.update(subs)
            states = (event["concept:name"] for event in events)
            self._variants.add(tuple(f"{state}/{sub}" for state, sub in zip(states, subs, strict=True)))
            self._duration_s += (times[-1] - times[0]).total_seconds()
            yield name, events

    def figures(self) -> dict[str, int | float]:
        """The same figures as the header has."""
        return {
            "cases": self.cases,
            "events": self.statuses.total(),
            "variants": len(self._variants),
            "case duration, mean (s)": round(self._duration_s / max(1, self.cases), 2),
            "case duration, total (s)": self._duration_s,
            **self.statuses,
        }
