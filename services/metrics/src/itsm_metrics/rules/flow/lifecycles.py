"""The declared lifecycles, as the owners of the records enforce them on live work."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final, NamedTuple

Ways = Mapping[str, frozenset[str]]


class Lifecycle(NamedTuple):
    """Where a record may begin, and which state may follow which."""

    starts: frozenset[str]
    ways: Ways


def states(start: str, **ways: str) -> Lifecycle:
    """A lifecycle written as words; a state that is not named leads nowhere."""
    return Lifecycle(frozenset({start}), {name: frozenset(to.split()) for name, to in ways.items()})


def change(*path: str, **more: str) -> Lifecycle:
    """A change's way from state to state, which can be cancelled until it is in review."""
    ways = {here: f"{there} {'' if here == 'review' else 'cancelled'}" for here, there in pairwise(path)}
    return states(path[0], **{name: f"{to} {more.get(name, '')}" for name, to in ways.items()})


LAST: Final = ("scheduled", "implement", "review", "closed")

LIFECYCLES: Final[Mapping[str, Mapping[str, Lifecycle]]] = {
    "incident": {
        "": states(
            "new",
            new="in_progress resolved cancelled",
            in_progress="on_hold resolved cancelled",
            on_hold="in_progress resolved cancelled",
            resolved="closed in_progress",
        )
    },
    "problem": {
        "": states(
            "new",
            new="assess closed",
            assess="root_cause_analysis closed",
            root_cause_analysis="fix_in_progress closed",
            fix_in_progress="resolved closed",
            resolved="closed root_cause_analysis",
        )
    },
    "change": {
        "standard": change("new", *LAST, scheduled="new"),
        "normal": change("new", "assess", "authorize", *LAST, authorize="new", scheduled="authorize"),
        "emergency": change("new", "authorize", *LAST, authorize="new", scheduled="authorize"),
        "unauthorized": states("authorize", authorize="review cancelled", review="closed"),
    },
    "release": {
        "": states(
            "planning",
            planning="build cancelled",
            build="test cancelled",
            test="ready build cancelled",
            ready="deploying cancelled",
            deploying="deployed rolled_back",
            deployed="closed",
            rolled_back="closed",
        )
    },
    "service_request": {
        "": states(
            "submitted",
            submitted="awaiting_approval in_fulfilment cancelled",
            awaiting_approval="approved rejected cancelled",
            approved="in_fulfilment cancelled",
            in_fulfilment="on_hold fulfilled cancelled",
            on_hold="in_fulfilment cancelled",
            fulfilled="closed in_fulfilment",
        )
    },
    "service": {
        "": states(
            "proposed",
            proposed="under_evaluation cancelled",
            under_evaluation="chartered cancelled",
            chartered="in_design cancelled",
            in_design="live cancelled",
            live="retiring",
            retiring="retired",
        )
    },
    "improvement": {
        "": states(
            "identified",
            identified="accepted cancelled",
            accepted="assessed cancelled",
            assessed="approved cancelled",
            approved="in_progress cancelled",
            in_progress="on_hold in_review cancelled",
            on_hold="in_progress cancelled",
            in_review="closed cancelled",
        )
    },
}
"""By process, and by kind where it has several."""


def kind_of(process: str, state: Mapping[str, Any]) -> str:
    """Which of its process's lifecycles a record follows."""
    if process != "change":
        return ""
    return "unauthorized" if state.get("unauthorized") else str(state["change_type"])


def legal(process: str, kinds: frozenset[str], before: str | None, after: str) -> bool:
    """Whether the lifecycle of any of these kinds leads from one state to another, or begins in it."""
    for kind in kinds:
        known = LIFECYCLES[process].get(kind)
        if known and after in (known.starts if before is None else known.ways.get(before, ())):
            return True
    return False
