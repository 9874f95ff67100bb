"""The keys by which people and other services name what the catalog holds."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

Key = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""Stands in paths as it is, and is too short to be taken for a UUID."""

PersonKey = Annotated[
    str,
    StringConstraints(
        max_length=200, pattern=r"^[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$"
    ),
]
"""The subject of a person's token, whatever the issuer makes it."""

ABSENT: Any = Field(default_factory=lambda: None)
"""The default of a field that may be left out but not be null."""
