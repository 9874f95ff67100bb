"""Texts in request bodies: never blank, and of a bounded length in characters."""

from typing import Annotated

from pydantic import StringConstraints

Title = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"\S")]
"""One line that says what it is about."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
"""What something or somebody is called: a service, a group, a person."""

Words = Annotated[str, StringConstraints(min_length=1, max_length=100_000, pattern=r"\S")]
"""Prose."""
