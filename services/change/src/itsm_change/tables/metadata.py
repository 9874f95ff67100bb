"""The metadata that all tables of the service share, the chassis's event, outbox and feed among them."""

from itsm_chassis.store.tables import declare
from sqlalchemy import MetaData

metadata = MetaData()
declare(metadata)
