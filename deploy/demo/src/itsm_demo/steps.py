"""A step of a story: what somebody does next to a record. `accept by eva: In the budget`."""

import re
from dataclasses import dataclass
from typing import Final

WRITTEN: Final = re.compile(r"(?P<verb>[a-z]+)(?: (?P<what>\S+))? by (?P<who>[\w.-]+)(?:: (?P<text>.+))?")


@dataclass(frozen=True)
class Step:
    """What is done (`hold`), to what or why (`vendor`), by whom, and in which words."""

    verb: str
    what: str
    who: str
    text: str | None


def read(line: str) -> Step:
    """The step that a line tells; ValueError where it tells none."""
    found = WRITTEN.fullmatch(line)
    if found is None:
        raise ValueError(f"{line!r} is no step: verb [what] by who[: text]")
    return Step(found["verb"], found["what"] or "", found["who"], found["text"])
