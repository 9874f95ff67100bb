"""The shapes of rebuilds and their proof."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class ProofOut(BaseModel):
    """What it comes to, of this tenant."""

    compared: int = Field(description="Measures and months that have facts, served or folded anew.")
    differing: int = Field(
        description="Those whose facts were others than the events say; they are right now."
    )
    before: str | None = Field(description="A hash over all their hashes before; null: there are no facts.")
    after: str | None = Field(description="The same after.")
    all: str = Field(description="The address of the hashes, by measure and month.")


class RebuildOut(BaseModel):
    """A rebuild of all figures; the old ones are served until it is done, and where it fails."""

    id: UUID
    state: Literal["waiting", "running", "done", "failed"]
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    progress: float = Field(description="The share of the events that is folded, 0 to 1.")
    attempts: int = Field(description="How many workers began it: where one dies, another begins again.")
    error: str | None = Field(description="What failed; the service's log says more.")
    proof: ProofOut | None = Field(description="null until it is done.")


class ProvedOut(BaseModel):
    """A measure in a month; the two hashes are equal where its facts were right."""

    facts: str = Field(description="The table that its facts are in, such as measurement.")
    measure: str = Field(description="What they are called there, such as first_resolved.")
    month: str = Field(description="Such as 2016-03, of UTC.")
    rows_before: int
    rows_after: int
    before: str | None = Field(description="null: there were no such facts.")
    after: str | None = Field(description="null: there are none.")
    records: list[UUID] = Field(description="Where they differ, some of the records that do.")


class ProvedPage(BaseModel):
    """A page of them, in their order."""

    items: list[ProvedOut]
    next: str | None = Field(description="The cursor of the next page; null on the last.")
