"""The keys by which people and services name what is kept here under a name."""

from typing import Annotated

from pydantic import StringConstraints

Key = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""Stands in paths as it is, and is too short to be taken for a UUID."""
