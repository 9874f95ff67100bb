"""The metrics service's own settings, beside those that every service has."""

import hashlib
from functools import cached_property

from itsm_chassis.run.settings import Settings


class MetricsSettings(Settings):
    """Everything that this service's process reads from the environment."""

    link_secret: str | None = None
    """Signs links to surveys; replicas must agree. Default: derived from the database's URL."""

    @cached_property
    def link_key(self) -> bytes:
        """The key that signs links; another one makes every link invalid."""
        return hashlib.sha256(f"survey {self.link_secret or self.database_url}".encode()).digest()
