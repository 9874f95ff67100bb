"""One record's steps as a case: what was done, one thing after the other."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final, Literal, NamedTuple
from uuid import UUID

from itsm_metrics.rules.flow.steps import Step
from itsm_metrics.rules.walk import inorder

Activity = Literal["status", "source_state", "assignment_group"]


class Visit(NamedTuple):
    """The case came to an activity, and who had it then."""

    activity: str
    time: datetime
    group: str | None
    event: str


class Case(NamedTuple):
    """A record, its steps in the order of versions, and the activities that they led through."""

    record: UUID
    steps: Sequence[Step]
    visits: Sequence[Visit]

    @property
    def name(self) -> str:
        """How people call it."""
        return self.steps[-1].name

    @property
    def whole(self) -> bool:
        """Whether no event is missing between its first and its last."""
        return [step.sequence for step in self.steps] == list(range(1, len(self.steps) + 1))

    @property
    def counts(self) -> bool:
        """Whether it is in the figures and logs."""
        return self.whole and bool(self.visits)

    @property
    def turns(self) -> list[Step]:
        """Its beginning, and each step that led to another state."""
        return [next(same) for _, same in groupby(self.steps, attrgetter("status"))]

    @property
    def groups(self) -> list[str]:
        """Who had it, one after the other; having none for a while is no change."""
        return [visit.activity for visit in between_groups(self.steps)]


class Only(NamedTuple):
    """Which cases are asked for: null asks for all. A case is each group's that ever had it."""

    service: str | None = None
    assignment_group: str | None = None
    priority: str | None = None

    def takes(self, case: Case) -> bool:
        """Whether the case is one of them: by its last service, any of its groups, its first priority."""
        return (
            self.service in (None, case.steps[-1].service)
            and self.priority in (None, case.steps[0].priority)
            and (self.assignment_group is None or self.assignment_group in case.groups)
        )


def case(record: UUID, steps: Iterable[Step], activity: Activity, until: datetime) -> Case | None:
    """The case as it was at `until`; None where it had not begun. The order of the steps decides nothing.

    What follows the first step that had not happened then is left out, so that a case never has a hole.
    """
    known: list[Step] = []
    for each in inorder(steps):
        if each.time >= until:
            break
        known.append(each)
    return Case(record, known, list(VISITS[activity](known))) if known else None


def between_states(steps: Sequence[Step]) -> Iterator[Visit]:
    """A visit for each state that was entered."""
    for status, same in groupby(steps, attrgetter("status")):
        yield visit(next(same), status)


def between_groups(steps: Sequence[Step]) -> Iterator[Visit]:
    """A visit for each group that it came to."""
    with_group = [step for step in steps if step.assignment_group is not None]
    for group, same in groupby(with_group, attrgetter("assignment_group")):
        yield visit(next(same), group)


def of_the_source(steps: Sequence[Step]) -> Iterator[Visit]:
    """A visit for each step of imported history, by the state that its source gave it, repeated or not.

    An owner may tell one step by two events (closed outside resolved resolves first). The second has the
    time and the source's state of the first, another state, and its owner did not find it odd.
    """
    before: Step | None = None
    for each in steps:
        if not each.imported or each.source_state is None:
            before = None
            continue
        if before is None or not same_step(before, each):
            yield visit(each, each.source_state)
        before = each


def same_step(one: Step, other: Step) -> bool:
    """Whether two events tell one step of the source."""
    alike = (one.time, one.source_state) == (other.time, other.source_state)
    return alike and one.status != other.status and not other.at_once


def visit(step: Step, activity: str) -> Visit:
    """The step as a visit."""
    return Visit(activity, step.time, step.assignment_group, step.event)


VISITS: Final[Mapping[Activity, Callable[[Sequence[Step]], Iterator[Visit]]]] = {
    "status": between_states,
    "source_state": of_the_source,
    "assignment_group": between_groups,
}


def returns(names: Sequence[str]) -> int:
    """How often one comes again that had been left."""
    seen: set[str] = set()
    found = 0
    for before, after in pairwise(names):
        seen.add(before)
        found += after != before and after in seen
    return found


def repeats(names: Sequence[str]) -> int:
    """How often the same comes at once again."""
    return sum(before == after for before, after in pairwise(names))
