"""What is said of a process, as it goes out."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from itsm_metrics.rules.flow.cases import Activity
from itsm_metrics.rules.flow.figures import Edge, Flow

VARIANTS, TRANSITIONS = 50, 200
"""How many are shown, the most frequent first."""


class ActivityOut(BaseModel):
    """An activity and how often it was."""

    activity: str
    count: int


class TransitionOut(BaseModel):
    """That one activity followed another, and how long the first lasted until then."""

    model_config = ConfigDict(populate_by_name=True)

    from_: str = Field(alias="from")
    to: str
    count: int
    wait_p50_s: float
    wait_p90_s: float
    wait_total_s: float

    @classmethod
    def of(cls, edge: Edge) -> "TransitionOut":
        """The edge."""
        wait = edge.wait
        return cls(
            from_=edge.before,
            to=edge.after,
            count=edge.n,
            wait_p50_s=wait.p50,
            wait_p90_s=wait.p90,
            wait_total_s=wait.total,
        )


class TransitionsOut(BaseModel):
    """The most frequent ones."""

    total: int = Field(description="How many different ones there are.")
    items: list[TransitionOut]


class VariantOut(BaseModel):
    """A sequence of activities that cases took from beginning to end."""

    activities: list[str]
    count: int
    share: float = Field(description="Of all cases, 0 to 1.")


class VariantsOut(BaseModel):
    """The most frequent ones."""

    total: int = Field(description="How many different ones there are.")
    items: list[VariantOut]


class ReworkOut(BaseModel):
    """What was done once more."""

    cases: int = Field(description="In how many cases.")
    times: int = Field(description="How often.")
    share: float | None = Field(description="Of all cases, 0 to 1; null where there are none.")


class ExampleOut(BaseModel):
    """A record that did it."""

    record: UUID
    name: str = Field(description="Its number or key.")


class IllegalOut(BaseModel):
    """A transition between states that the declared lifecycle does not know."""

    model_config = ConfigDict(populate_by_name=True)

    from_: str | None = Field(alias="from", description="null: a record began in `to`.")
    to: str
    count: int
    records: list[ExampleOut] = Field(description="Up to five of them.")


class ConformanceOut(BaseModel):
    """How far the cases kept to the declared lifecycle of their states, whichever activity is asked for."""

    conforming: int
    share: float | None = Field(description="Of all cases, 0 to 1; null where there are none.")
    illegal: list[IllegalOut]


class ExcludedOut(BaseModel):
    """Cases that are in no figure."""

    incomplete: int = Field(description="An event before their last one has not been heard.")
    without_activity: int = Field(description="They have none of the kind that is asked for.")


class FlowOut(BaseModel):
    """How the cases went to which something happened in [from, to), from their beginning until `to`."""

    model_config = ConfigDict(populate_by_name=True)

    process: str
    activity: Activity
    from_: datetime = Field(alias="from")
    to: datetime
    cases: int
    events: int = Field(description="Activities of all cases.")
    activities: list[ActivityOut]
    variants: VariantsOut
    transitions: TransitionsOut
    starts: list[ActivityOut]
    ends: list[ActivityOut] = Field(description="The last activity before `to`; the case may go on.")
    ping_pong: ReworkOut = Field(description="Returns to an earlier group.")
    loops: ReworkOut = Field(description="Returns to an earlier activity that had been left.")
    repeats: ReworkOut = Field(description="The same activity at once again.")
    rework: ReworkOut = Field(description="All three of them.")
    bottleneck: TransitionOut | None = Field(
        description="The transition before which most time was spent in all; null where none was."
    )
    conformance: ConformanceOut
    excluded: ExcludedOut
    negative_waits: int = Field(
        description="Steps dated before the one before them: counted as they are, in every figure."
    )
    fresh_as_of: datetime | None = Field(
        description="When the newest event behind it was recorded by its service."
    )


def presented(flow: Flow, **asked: object) -> FlowOut:
    """The figures with what was asked."""
    rework = {name: ReworkOut(**found._asdict()) for name, found in flow.rework.items()}
    return FlowOut.model_validate(
        {
            **asked,
            "cases": flow.cases,
            "events": flow.events,
            "activities": counted(flow.activities),
            "variants": {
                "total": len(flow.variants),
                "items": [
                    VariantOut(activities=list(each.activities), count=each.n, share=each.share)
                    for each in flow.variants[:VARIANTS]
                ],
            },
            "transitions": {
                "total": len(flow.edges),
                "items": [TransitionOut.of(edge) for edge in flow.edges[:TRANSITIONS]],
            },
            "starts": counted(flow.starts),
            "ends": counted(flow.ends),
            **rework,
            "rework": rework["any"],
            "bottleneck": TransitionOut.of(flow.bottleneck) if flow.bottleneck else None,
            "conformance": {
                "conforming": flow.conformance.cases,
                "share": flow.conformance.share,
                "illegal": [
                    IllegalOut(
                        from_=each.before,
                        to=each.after,
                        count=each.n,
                        records=[ExampleOut(**shown._asdict()) for shown in each.records],
                    )
                    for each in flow.conformance.illegal
                ],
            },
            "excluded": dict(flow.excluded),
            "negative_waits": flow.negative_waits,
            "fresh_as_of": flow.fresh_as_of,
        }
    )


def counted(activities: Iterable[tuple[str, int]]) -> list[ActivityOut]:
    """Activities with their counts."""
    return [ActivityOut(activity=name, count=count) for name, count in activities]
