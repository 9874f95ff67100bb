"""Detections of unauthorised changes, each key a subject of its own. Said by the change service."""

from typing import ClassVar

from pydantic import AwareDatetime

from itsm_events.event import Event


class DetectionEvent(Event):
    """How often a system has told of the same unauthorised change."""

    change: str
    """The id of the change that was filed."""
    dedup_key: str
    count: int
    first_at: AwareDatetime
    last_at: AwareDatetime


class DetectionFiled(DetectionEvent):
    """A change was filed for it; once more where the one before had ended."""

    type: ClassVar[str] = "itsm.detection.filed.v1"


class DetectionRepeated(DetectionEvent):
    """It was told again."""

    type: ClassVar[str] = "itsm.detection.repeated.v1"
