"""Change freezes, said by the change service."""

from typing import ClassVar, Literal

from pydantic import Field

from itsm_events.maintenance_window import WindowEvent


class FreezeEvent(WindowEvent):
    """Nothing is changed then, but by emergency changes and by those that it exempts."""

    exempt: list[str] = Field(default_factory=list)
    """Numbers of changes."""
    exempt_types: list[Literal["standard", "normal", "emergency"]] = Field(default_factory=list)


class FreezeDeclared(FreezeEvent):
    """A freeze was decided on."""

    type: ClassVar[str] = "itsm.freeze.declared.v1"


class FreezeUpdated(FreezeEvent):
    """Something about it changed, such as whom it exempts."""

    type: ClassVar[str] = "itsm.freeze.updated.v1"


class FreezeLifted(FreezeEvent):
    """It counts no more."""

    type: ClassVar[str] = "itsm.freeze.lifted.v1"
