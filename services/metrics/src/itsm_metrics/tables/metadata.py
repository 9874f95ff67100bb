"""What all tables of metrics belong to, beside the chassis's own."""

from itsm_chassis.store.tables import declare
from sqlalchemy import MetaData

metadata = MetaData()
declare(metadata)
