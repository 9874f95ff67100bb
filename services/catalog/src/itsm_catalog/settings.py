"""The catalog service's own settings, beside those that every service has."""

from itsm_chassis.run.settings import Settings
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Closing(BaseSettings):
    """When a fulfilled request closes by itself."""

    model_config = SettingsConfigDict(env_prefix="ITSM_", extra="ignore")

    request_close_days: float = Field(5, ge=0, le=3650)
    """Days after the fulfilment (for imported ones after the import); 0 = never."""


class CatalogSettings(Settings, Closing):
    """Everything that this service's process reads from the environment."""
