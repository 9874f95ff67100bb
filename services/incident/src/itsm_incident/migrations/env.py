"""Alembic's environment: the chassis runs it."""

from alembic import context
from itsm_chassis.run.migrate import run_env

from itsm_incident.tables import metadata

run_env(context, metadata)
