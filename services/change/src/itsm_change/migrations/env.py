"""Alembic's door into this package; the chassis does the rest."""

from alembic import context
from itsm_chassis.run.migrate import run_env

from itsm_change.tables import metadata

run_env(context, metadata)
