"""Cases as an object-centric event log (OCEL 2.0, JSON): every event with all that it is about."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from itsm_metrics.rules.flow.cases import Case
from itsm_metrics.rules.flow.steps import LINKS, Step

OF_A_CASE: Final = ("name", "priority", "status")
OF_AN_EVENT: Final = ("status",)
START: Final = '{"events":['


class Log:
    """An object-centric log, written piece by piece: the events of each case, then all they are about."""

    def __init__(self, process: str) -> None:
        """Nothing written yet."""
        self._process = process
        self._events: set[str] = set()
        self._others: dict[str, str] = {}
        self._cases: dict[str, str] = {}
        self._before = START

    def events(self, case: Case) -> Iterator[str]:
        """The events of one case."""
        for step in case.steps:
            about = {f"{self._process}:{case.record}": self._process, **self.others(step)}
            name = f"{self._process} {step.what}"
            self._events.add(name)
            said = {
                "id": step.event,
                "type": name,
                "time": moment(step.time),
                "attributes": [{"name": "status", "value": step.status}],
                "relationships": related(about),
            }
            yield f"{self._before}\n{written(said)}"
            self._before = ","
        self._cases[f"{self._process}:{case.record}"] = written(self.record(case))

    def others(self, step: Step) -> dict[str, str]:
        """What else the record is related to after a step, and how."""
        found: dict[str, str] = {}
        named = [("service", step.service, "service"), ("group", step.assignment_group, "assignment_group")]
        for kind, key, how in chain(named, ((LINKS[how], key, how) for how, key in step.links)):
            if key is not None:
                found[f"{kind}:{key}"] = how
                self._others[f"{kind}:{key}"] = kind
        return found

    def record(self, case: Case) -> Mapping[str, Any]:
        """The record of a case as an object: its name, its first priority, and each state with its time."""
        first = case.steps[0]
        values = [("name", first.time, case.name), ("priority", first.time, first.priority)]
        values += [("status", step.time, step.status) for step in case.turns]
        about = {name: how for step in case.steps for name, how in self.others(step).items()}
        return {
            "id": f"{self._process}:{case.record}",
            "type": self._process,
            "attributes": [
                {"name": name, "time": moment(time), "value": value}
                for name, time, value in values
                if value is not None
            ],
            "relationships": related(about),
        }

    def rest(self) -> Iterator[str]:
        """The objects, and the types of both, after the last case."""
        others = [
            written({"id": name, "type": kind, "attributes": [], "relationships": []})
            for name, kind in sorted(self._others.items())
            if name not in self._cases
        ]
        yield '{}\n],"objects":[\n'.format(START if self._before is START else "")
        yield ",\n".join(chain(self._cases.values(), others))
        kinds = {self._process: OF_A_CASE} | {
            kind: () for kind in self._others.values() if kind != self._process
        }
        yield f'\n],"eventTypes":{written([typed(name, OF_AN_EVENT) for name in sorted(self._events)])}'
        yield f',"objectTypes":{written([typed(name, has) for name, has in sorted(kinds.items())])}}}\n'


def typed(name: str, attributes: tuple[str, ...]) -> Mapping[str, Any]:
    """A type and what things of it have."""
    return {"name": name, "attributes": [{"name": each, "type": "string"} for each in attributes]}


def related(about: Mapping[str, str]) -> list[Mapping[str, str]]:
    """Objects, and how they are related."""
    return [{"objectId": name, "qualifier": how} for name, how in about.items()]


def moment(time: datetime) -> str:
    """A time as the format has it."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def written(thing: Any) -> str:
    """Something as JSON."""
    return json.dumps(thing, ensure_ascii=False)
