"""The envelope: CloudEvents 1.0, structured JSON mode, with the suite's extension attributes."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

EVENT_TYPE = r"^itsm\.[a-z_]+\.[a-z_]+\.v[1-9][0-9]*$"


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC; refused where the calendar has no such day there."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the calendar once it is in UTC") from None


Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]


class Envelope(BaseModel):
    """One message on the exchange `itsm.events`; its routing key is its `type`.

    `subject` is the record's id and `sequence` the record's version after the event, so a gap or a
    repeat can be seen. `time` is when it happened, `recordedtime` when it was stored; both RFC 3339.
    `imported` marks history brought from another desk: it may be years old and must cause no
    notification. Attributes that this version does not know are kept in `model_extra`.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: Annotated[str, Field(min_length=1, max_length=200)]
    type: Annotated[str, Field(pattern=EVENT_TYPE, max_length=120)]
    subject: UUID
    sequence: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
    time: Moment
    recordedtime: Moment
    tenant: Annotated[str, Field(min_length=1, max_length=64)]
    actor: Annotated[str, Field(min_length=1, max_length=200)]
    traceparent: str | None = None
    imported: bool = False
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]

    def text(self) -> str:
        """The message as it is stored and published; absent attributes are left out."""
        return self.model_dump_json(
            exclude_none=False, exclude={"traceparent"} if not self.traceparent else None
        )
