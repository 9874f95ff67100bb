"""Comments: a subject of their own, so that a remark never makes an agent's edit stale."""

from typing import Annotated, ClassVar, Literal

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE


class CommentAdded(Event):
    """Somebody commented on a record; the words stay in the service."""

    type: ClassVar[str] = "itsm.comment.added.v1"

    record: str
    """The id of the record commented on."""
    record_type: str
    """The noun of its events, such as incident."""
    visibility: Literal["public", "internal"]
    author: Annotated[str, PERSON]
    body: Annotated[str | None, PRIVATE] = None
